#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace leasehold {

/// What one rule looked at, and what broke it.
struct finding {
    std::string name{};  ///< the rule, as a sentence
    std::string noun{};  ///< for one of what it looks at
    std::string nouns{};
    std::string note{};  ///< what is worth saying besides
    std::int64_t looked_at{0};
    std::int64_t wrong{0};
    std::vector<std::string> examples{};  ///< the first few of what is wrong, in words

    void add(const std::string& what);
    bool holds() const noexcept { return wrong == 0; }
    /// How many were looked at; when the rule is broken, how often and by whom.
    std::string detail() const;
};

}  // namespace leasehold
