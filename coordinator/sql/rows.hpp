#pragma once

#include "sql/sql_text.hpp"
#include "sql/wire_form.hpp"

#include <charconv>
#include <cstdint>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace leasehold {

/// How values are written in an answer.
enum class value_form { text, bytes };

/// What a statement answered, whichever way it was asked. Cells stay valid as long as the rows do.
class rows {
public:
    using cell = std::string_view;  ///< data() is null for NULL

    rows() = default;
    /// @param keeps    what the cells point into
    /// @param columns  of each row; `cells` are row by row
    rows(std::shared_ptr<const void> keeps, int columns, std::vector<cell> cells, value_form form)
        : keeps_(std::move(keeps)), columns_(columns), cells_(std::move(cells)), form_(form) {}

    int size() const noexcept {
        return columns_ == 0 ? 0 : static_cast<int>(cells_.size()) / columns_;
    }
    bool empty() const noexcept { return cells_.empty(); }

    bool is_null(int row, int column) const { return at(row, column).data() == nullptr; }
    /// Of columns of text or jsonb.
    std::string_view text(int row, int column) const { return at(row, column); }
    /// Of columns of int4 or int8.
    /// @throws std::range_error when it is no such number; NULL is none
    template <class Number>
    Number number(int row, int column) const {
        const auto value = at(row, column);
        if (const auto read = form_ == value_form::bytes ? wire_form::number_in<Number>(value)
                                                         : number_from<Number>(value)) {
            return *read;
        }
        throw unexpected(value, "a whole number");
    }
    bool flag(int row, int column) const {
        const auto value = at(row, column);
        return form_ == value_form::bytes ? value == std::string_view{"\1", 1} : value == "t";
    }
    /// @throws std::range_error when it is no uuid; NULL is none
    item_id id(int row, int column) const {
        const auto value = at(row, column);
        if (form_ == value_form::bytes) {
            if (const auto read = wire_form::id_in(value)) {
                return *read;
            }
        } else if (const auto read = uuid_from(value)) {
            return {*read};
        }
        throw unexpected(value, "a uuid");
    }
    /// @throws std::range_error when it is no uuid[]; NULL is none
    std::vector<item_id> ids(int row, int column) const {
        const auto value = at(row, column);
        if (auto read =
                form_ == value_form::bytes ? wire_form::ids_in(value) : ids_in_literal(value)) {
            return *std::move(read);
        }
        throw unexpected(value, "a list of uuids");
    }

private:
    template <class Number>
    static std::optional<Number> number_from(std::string_view text) {
        Number value{};
        const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
        return error == std::errc{} && end == text.data() + text.size() && !text.empty()
                   ? std::optional{value}
                   : std::nullopt;
    }

    std::range_error unexpected(std::string_view value, const std::string& wanted) const {
        return std::range_error("the server answered " +
                                (form_ == value_form::text
                                     ? "'" + std::string{value} + "'"
                                     : std::to_string(value.size()) + " bytes") +
                                " where " + wanted + " was expected");
    }

    const cell& at(int row, int column) const {
        return cells_.at(static_cast<std::size_t>(row) * static_cast<std::size_t>(columns_) +
                         static_cast<std::size_t>(column));
    }

    std::shared_ptr<const void> keeps_{};
    int columns_ = 0;
    std::vector<cell> cells_{};
    value_form form_ = value_form::text;
};

}  // namespace leasehold
