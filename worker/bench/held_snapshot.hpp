#pragma once

#include "worker/bench/contest.hpp"
#include "worker/bench/ground.hpp"

#include <memory>

namespace leasehold::bench {

/// The same contender while a transaction is open that began before the start: a backup, a report,
/// a forgotten session. What is deleted stays in the tables and indexes until that one ends.
std::unique_ptr<contender> under_held_snapshot(ground& place, std::unique_ptr<contender> who);

}  // namespace leasehold::bench
