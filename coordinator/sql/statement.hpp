#pragma once

#include <leasehold/ids.hpp>

#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace leasehold {

/// A statement's parameter, cast in the SQL: text, NULL, or the ids of a uuid[], which go to the
/// server in the form that is cheapest for the way in which it is asked.
class param {
public:
    // Meant to be what they are made of, in lists of parameters.
    param() = default;
    param(std::nullopt_t) {}
    param(std::string text) : text_(std::move(text)) {}
    param(const char* text) : text_(text) {}
    param(std::optional<std::string> text) : text_(std::move(text)) {}
    param(std::vector<item_id> ids) : ids_(std::move(ids)), is_list_(true) {}

    /// @return null unless it is text
    const std::string* text() const noexcept { return text_ ? &*text_ : nullptr; }
    /// @return null unless it is a list of ids
    const std::vector<item_id>* ids() const noexcept { return is_list_ ? &ids_ : nullptr; }

private:
    std::optional<std::string> text_{};
    std::vector<item_id> ids_{};
    bool is_list_{false};
};

using params = std::vector<param>;

/// One statement, ready to be sent.
struct statement {
    std::string text{};
    params values{};
};

}  // namespace leasehold
