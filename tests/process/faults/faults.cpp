#include "tests/process/faults/faults.hpp"

namespace leasehold::test {

std::vector<fault> all_faults() {
    std::vector<fault> all;
    for (auto* some : {&process_faults, &network_faults, &server_faults, &surrounding_faults}) {
        auto more = some();
        all.insert(all.end(), more.begin(), more.end());
    }
    return all;
}

void expect_words(site& here, const std::string& text, const std::string& words, int times,
                  const std::string& problem) {
    if (occurrences(text, words) < times) {
        here.problems().push_back(problem);
    }
}

}  // namespace leasehold::test
