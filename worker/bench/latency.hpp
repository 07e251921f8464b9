#pragma once

#include "worker/bench/figures.hpp"
#include "worker/bench/ground.hpp"
#include "worker/bench/own_queue.hpp"

#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace leasehold::bench {

/// How soon an item starts that is put in while all workers are idle.
struct latency_options {
    int items{300};  ///< a round
    int rate{50};    ///< a second, one at a time
    int workers{4};
    int rounds{3};
    own_options own{};
    /// Told of each round that was measured, with its median in milliseconds.
    std::function<void(const std::string& name, int round, double median_ms)> told{};
};

/// Of one round, in milliseconds.
struct latency_round {
    int items{0};
    int duplicates{0};     ///< started more than once
    double commit_p50{0};  ///< until the enqueueing statement had its answer
    double start_p50{0};   ///< until the handler began, from before that statement
    double start_p90{0};
    double start_p99{0};
    double start_longest{0};
};

struct latency_result {
    std::string name{};
    std::vector<latency_round> rounds{};
};

/// Names of what can be measured, and what they are.
struct latency_way {
    std::string name{};
    std::string what{};
};
const std::vector<latency_way>& latency_ways();

/// Connections that the hungriest way needs.
int latency_connections(int workers, int slots);

/// @param ways  of latency_ways(), in turns
/// @throws interrupted when an end was asked for; std::runtime_error when an item did not start
std::vector<latency_result> measure_latency(ground& place, const std::vector<std::string>& ways,
                                            const latency_options& options);

}  // namespace leasehold::bench
