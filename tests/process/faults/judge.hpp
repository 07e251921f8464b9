#pragma once

#include "tests/process/faults/site.hpp"

#include <array>
#include <string>
#include <vector>

namespace leasehold::test {

/// What became of the items of a site.
struct verdict {
    int items{0};
    int completed_once{0};
    int lost{0};
    int doubled{0};
    int by_lease{0};          ///< of them done without a claim on the row
    double longest_stall{0};  ///< seconds between two completions of one queue
    double longest_wait{0};   ///< seconds from an item's enqueueing to its end
    std::vector<std::string> problems{};
};

/// After the last fault, and after the workers have ended: was every item done, and once?
verdict judge(site& here, const std::array<fleet_summary, 2>& said);

}  // namespace leasehold::test
