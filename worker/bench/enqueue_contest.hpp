#pragma once

#include "worker/bench/contest.hpp"
#include "worker/bench/ground.hpp"

#include <memory>
#include <string>
#include <vector>

namespace leasehold::bench {

/// Names of the ways to put items in, and what they are: `leasehold`, `leasehold-sql`, `plain`.
struct enqueue_way {
    std::string name{};
    std::string what{};
};
const std::vector<enqueue_way>& enqueue_ways();

/// Producers that put `items` items in, `batch` in a statement that commits by itself. Nobody
/// works meanwhile.
/// @param parts  of the queue, for our own ways
std::unique_ptr<contender> make_enqueuer(const std::string& name, ground& place, int parts,
                                         int payload_bytes);

}  // namespace leasehold::bench
