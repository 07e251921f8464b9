#pragma once

#include "worker/bench/contest.hpp"
#include "worker/bench/ground.hpp"

#include <memory>

namespace leasehold::bench {

/// What this server can do at all: each worker reads a batch from a table of its own and deletes
/// it, fenced by a lock on one row of its own. Nobody claims, nobody looks for anything.
std::unique_ptr<contender> make_limit_contender(ground& place, int payload_bytes);

}  // namespace leasehold::bench
