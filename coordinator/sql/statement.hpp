#pragma once

#include <optional>
#include <string>
#include <vector>

namespace leasehold {

/// A statement's parameter: text or NULL, cast in the SQL.
using param = std::optional<std::string>;
using params = std::vector<param>;

/// One statement, ready to be sent.
struct statement {
    std::string text{};
    params values{};
};

}  // namespace leasehold
