#pragma once

#include <optional>
#include <string>
#include <vector>

namespace leasehold {

/// A statement's parameter: text or NULL, cast in the SQL.
using param = std::optional<std::string>;
using params = std::vector<param>;

/// As libpq takes them; null for NULL. Valid as long as `values` are.
inline std::vector<const char*> texts_of(const params& values) {
    std::vector<const char*> texts;
    texts.reserve(values.size());
    for (const auto& value : values) {
        texts.push_back(value ? value->c_str() : nullptr);
    }
    return texts;
}

/// One statement, ready to be sent.
struct statement {
    std::string text{};
    params values{};
};

}  // namespace leasehold
