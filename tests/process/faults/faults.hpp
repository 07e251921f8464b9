#pragma once

#include "tests/process/faults/site.hpp"

#include <functional>
#include <string>
#include <vector>

namespace leasehold::test {

/// A kind of fault: how it is done, and how one sees afterwards that it really happened.
struct fault {
    std::string name{};
    int times{1};            ///< in the whole matrix
    int times_short{1};      ///< in the short one
    milliseconds calm{200};  ///< between two
    double stall_max{8};     ///< seconds without a completion, beyond those of the longest fault
    bool anywhere{true};     ///< may hit any site, so the soak draws it too
    /// Each completion is reported by a worker, none as lost, and none as unknown but where the
    /// lease is the claim and a COMMIT was cut.
    bool exact{false};
    bool small_disk{false};

    std::function<void(site&)> prepare{};  ///< before the workers start
    /// Does it once. @return how often it happened: 0 when it missed
    std::function<int(site&)> inject{};
    std::function<void(site&)> evidence{};  ///< notes in problems() what should have shown
};

std::vector<fault> process_faults();
std::vector<fault> network_faults();
std::vector<fault> server_faults();
std::vector<fault> surrounding_faults();  ///< clocks, poolers

/// All of them, in the order of the table.
std::vector<fault> all_faults();

/// Notes a problem unless `text` has `words` at least `times` times.
void expect_words(site& here, const std::string& text, const std::string& words, int times,
                  const std::string& problem);

}  // namespace leasehold::test
