#pragma once

#include <string>
#include <vector>

namespace leasehold::bench {

/// A way to keep items and to claim them: what the product does, but for one thing or a few.
struct variant {
    std::string name{};
    /// Run once over {items}, called {name}, the parent of all {parts} parts, after the product has
    /// made its tables.
    std::string change{};
    /// The same over {items} as the table of one part.
    std::string change_part{};
    /// Session $1 claims $3 items of part $2, behind priority $4, due time $5 (microseconds) and id
    /// $6 when it `walks`. Answers id, token, priority, due time, and whatever a worker needs.
    std::string claim{};
    std::string complete{};
    bool walks{false};
};

/// All that were tried. The first is what the product did before.
std::vector<variant> variants();

}  // namespace leasehold::bench
