#include "worker/cli/text_table.hpp"

#include <algorithm>
#include <cstddef>
#include <stdexcept>
#include <string_view>
#include <utility>

#include "base/utf8_text.hpp"

namespace leasehold {
namespace {

constexpr std::string_view gutter = "  ";

struct column {
    std::size_t width;
    bool numbers;
};

std::vector<std::string> printable_cells(std::vector<std::string> cells) {
    for (std::string& cell : cells) {
        cell = printable(cell);
    }
    return cells;
}

/// A sign, digits with ',' '.' '_' between them, and perhaps a '%': 12, -3.5, 1,234, 99.9%.
bool is_number(std::string_view cell) {
    if (!cell.empty() && (cell.front() == '-' || cell.front() == '+')) {
        cell.remove_prefix(1);
    }
    if (!cell.empty() && cell.back() == '%') {
        cell.remove_suffix(1);
    }
    const auto is_digit = [](char c) { return c >= '0' && c <= '9'; };
    return !cell.empty() && is_digit(cell.front()) && is_digit(cell.back()) &&
           cell.find_first_not_of("0123456789,._") == std::string_view::npos;
}

column measured(const std::vector<std::vector<std::string>>& rows, std::size_t index) {
    column result{.width = character_count(rows.front()[index]), .numbers = false};
    bool others = false;
    for (auto row = rows.begin() + 1; row != rows.end(); ++row) {
        const std::string& cell = (*row)[index];
        result.width = std::max(result.width, character_count(cell));
        result.numbers = result.numbers || is_number(cell);
        others = others || (!cell.empty() && cell != "-" && !is_number(cell));
    }
    result.numbers = result.numbers && !others;
    return result;
}

std::string aligned(const std::string& cell, const column& place) {
    const std::string blanks(place.width - character_count(cell), ' ');
    return place.numbers ? blanks + cell : cell + blanks;
}

}  // namespace

text_table::text_table(std::vector<std::string> headers) {
    rows_.push_back(printable_cells(std::move(headers)));
}

void text_table::add(std::vector<std::string> cells) {
    if (cells.size() != rows_.front().size()) {
        throw std::invalid_argument{"a row of " + std::to_string(cells.size()) +
                                    " cells in a table of " + std::to_string(rows_.front().size()) +
                                    " columns"};
    }
    rows_.push_back(printable_cells(std::move(cells)));
}

std::string text_table::text() const {
    std::vector<column> columns;
    for (std::size_t index = 0; index < rows_.front().size(); ++index) {
        columns.push_back(measured(rows_, index));
    }
    std::string text;
    for (const std::vector<std::string>& row : rows_) {
        std::string line;
        for (std::size_t index = 0; index < row.size(); ++index) {
            line += index == 0 ? "" : gutter;
            line += aligned(row[index], columns[index]);
        }
        line.erase(line.find_last_not_of(' ') + 1);
        text += line + '\n';
    }
    return text;
}

}  // namespace leasehold
