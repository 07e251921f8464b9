#include "sql/sql_text.hpp"

#include <algorithm>
#include <cassert>

namespace leasehold {

namespace {

/// Only asserted.
[[maybe_unused]] bool is_identifier(std::string_view text) {
    return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_' || c == '.';
    });
}

void append_element(std::string& literal, std::string_view value) {
    literal += '"';
    for (const char c : value) {
        if (c == '"' || c == '\\') {
            literal += '\\';
        }
        literal += c;
    }
    literal += '"';
}

template <class Values, class Append>
std::string literal_of(const Values& values, Append append) {
    std::string literal = "{";
    for (const auto& value : values) {
        if (literal.size() > 1) {
            literal += ',';
        }
        append(literal, value);
    }
    return literal + "}";
}

void put_in(std::string& text, std::string_view name, std::string_view value) {
    std::string mark{'{'};
    mark.append(name).push_back('}');
    for (auto at = text.find(mark); at != std::string::npos;
         at = text.find(mark, at + value.size())) {
        text.replace(at, mark.size(), value);
    }
}

}  // namespace

std::string expanded(std::string_view statement,
                     std::initializer_list<std::pair<std::string_view, std::string>> names) {
    std::string result{statement};
    for (const auto& [name, value] : names) {
        assert(is_identifier(value));
        put_in(result, name, value);
    }
    return result;
}

std::string around(std::string_view outer, std::string_view inner) {
    std::string result{outer};
    put_in(result, "each", inner);
    return result;
}

std::string with_literals(std::string_view statement, const std::vector<std::string>& literals) {
    std::string result;
    const auto is_digit = [](char c) { return c >= '0' && c <= '9'; };
    for (std::size_t at = 0; at < statement.size();) {
        std::size_t end = at + 1;
        if (statement[at] == '\'') {
            end = std::min(statement.find('\'', end), statement.size() - 1) + 1;
        } else if (statement.substr(at, 2) == "--") {
            end = std::min(statement.find('\n', end), statement.size());
        } else if (statement[at] == '$' && end < statement.size() && is_digit(statement[end])) {
            std::size_t number = 0;
            for (; end < statement.size() && is_digit(statement[end]); ++end) {
                number = 10 * number + static_cast<std::size_t>(statement[end] - '0');
            }
            result += literals.at(number - 1);
            at = end;
            continue;
        }
        result += statement.substr(at, end - at);
        at = end;
    }
    return result;
}

std::string array_literal(const std::vector<std::optional<std::string>>& values) {
    return literal_of(values, [](std::string& literal, const std::optional<std::string>& value) {
        if (value) {
            append_element(literal, *value);
        } else {
            literal += "NULL";
        }
    });
}

std::string array_literal(const std::vector<std::string>& values) {
    return literal_of(values, [](std::string& literal, const std::string& value) {
        append_element(literal, value);
    });
}

std::string array_literal(const std::vector<part_id>& values) {
    return literal_of(values, [](std::string& literal, part_id value) {
        literal += std::to_string(value.value);
    });
}

// Longer lists than the others, at every claim and acknowledgement: nothing in them needs quotes.
std::string array_literal(const std::vector<item_id>& values) {
    constexpr std::size_t id_and_comma = 37;
    std::string literal = "{";
    literal.reserve(values.size() * id_and_comma + 2);
    for (const auto& value : values) {
        if (literal.size() > 1) {
            literal += ',';
        }
        literal += to_text(value);
    }
    return literal + "}";
}

std::string array_literal(const std::vector<std::int64_t>& values) {
    return literal_of(values, [](std::string& literal, std::int64_t value) {
        literal += std::to_string(value);
    });
}

std::optional<std::vector<item_id>> ids_in_literal(std::string_view literal) {
    if (literal.size() < 2 || literal.front() != '{' || literal.back() != '}') {
        return std::nullopt;
    }
    literal = literal.substr(1, literal.size() - 2);
    std::vector<item_id> ids;
    while (!literal.empty()) {
        const auto comma = std::min(literal.find(','), literal.size());
        const auto id = uuid_from(literal.substr(0, comma));
        if (!id) {
            return std::nullopt;
        }
        ids.push_back({*id});
        literal.remove_prefix(std::min(comma + 1, literal.size()));
    }
    return ids;
}

bool has_nul(std::string_view text) noexcept { return text.find('\0') != std::string_view::npos; }

}  // namespace leasehold
