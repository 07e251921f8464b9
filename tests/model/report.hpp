#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

namespace leasehold::model {

struct seed_range {
    std::uint64_t first = 0;
    std::uint64_t last = 0;
};

struct check_options {
    bool traced = false;
    bool twice = false;        ///< each seed again, and the same run must come out
    bool every_fault = false;  ///< a kind of fault that never happened is a failure
};

/// Plays the seeds, up to the first that breaks an invariant, and prints what happened.
/// @return exit code: 0 when nothing broke
int check_seeds(const seed_range& seeds, const check_options& options);

/// Plays the seeds with a mistake planted, up to the first that breaks what it should break.
/// @return exit code: 0 when it was found by the invariant that it breaks
int hunt(const std::string& name, const seed_range& seeds, bool traced);

int list_mutations();

/// @return exit code: 0 when there are `expected` of them
int count_mutations(std::size_t expected);

}  // namespace leasehold::model
