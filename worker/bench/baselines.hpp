#pragma once

#include "worker/bench/contest.hpp"
#include "worker/bench/ground.hpp"

#include <memory>
#include <string>
#include <vector>

namespace leasehold::bench {

/// Names of the ways in which others keep a queue in one table, and what they are.
struct baseline_name {
    std::string name{};
    std::string what{};
};
const std::vector<baseline_name>& baseline_names();

/// One of them. They share the table leasehold_bench.jobs, one at a time.
/// @param payload_bytes  of each item
std::unique_ptr<contender> make_baseline(const std::string& name, ground& place, int payload_bytes);

}  // namespace leasehold::bench
