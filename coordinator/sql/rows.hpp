#pragma once

#include <charconv>
#include <cstdint>
#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace leasehold {

/// What a statement answered, as text, whichever way it was asked. Cells stay valid as long as the
/// rows do.
class rows {
public:
    using cell = std::string_view;  ///< data() is null for NULL

    rows() = default;
    /// @param keeps    what the cells point into
    /// @param columns  of each row; `cells` are row by row
    rows(std::shared_ptr<const void> keeps, int columns, std::vector<cell> cells)
        : keeps_(std::move(keeps)), columns_(columns), cells_(std::move(cells)) {}

    int size() const noexcept {
        return columns_ == 0 ? 0 : static_cast<int>(cells_.size()) / columns_;
    }
    bool empty() const noexcept { return cells_.empty(); }

    bool is_null(int row, int column) const { return at(row, column).data() == nullptr; }
    std::string_view text(int row, int column) const { return at(row, column); }
    /// @throws std::range_error when it is no such number; NULL is none
    template <class Number>
    Number number(int row, int column) const {
        const auto text = at(row, column);
        Number value{};
        const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
        if (text.empty() || error != std::errc{} || end != text.data() + text.size()) {
            throw std::range_error("the server answered '" + std::string{text} +
                                   "' where a whole number was expected");
        }
        return value;
    }
    bool flag(int row, int column) const { return at(row, column) == "t"; }

private:
    const cell& at(int row, int column) const {
        return cells_.at(static_cast<std::size_t>(row) * static_cast<std::size_t>(columns_) +
                         static_cast<std::size_t>(column));
    }

    std::shared_ptr<const void> keeps_{};
    int columns_ = 0;
    std::vector<cell> cells_{};
};

}  // namespace leasehold
