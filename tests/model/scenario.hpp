#pragma once

#include "tests/model/mutation.hpp"
#include "tests/model/world.hpp"

#include <leasehold/options.hpp>
#include <leasehold/queue.hpp>

#include <cstdint>
#include <optional>
#include <string>

namespace leasehold::model {

/// What a handler does with one item, drawn when the item is enqueued.
enum class behaviour {
    completes,
    fails_first,    ///< throws at its first attempts
    snoozes_first,  ///< asks for later at its first attempt
    buries,
    poison,  ///< ends the worker, each time
};
enum class kind { external, transactional, recording };

struct job {
    behaviour does = behaviour::completes;
    kind of = kind::external;
    instant lasts = 0;
    bool listens = true;  ///< to its stop token
};

/// The numbers of one run. Times are a tenth of what a service would choose; their relations are
/// the same.
struct setting {
    queue_info queue{};
    worker_options options{};
    bool named = false;         ///< workers have names of their own, and come back under them
    instant settle = 0;         ///< quiet before those who join are planned for
    instant restart_grace = 0;  ///< that parts are kept for a restart
    int workers = 0;
    int items = 0;
    instant faulty_for = 0;  ///< then all is calm, and everything has to settle
    double call_faults = 0;  ///< probability, a call
    double clock_error = 0;  ///< bound of a worker's clock rate error
};
setting draw_setting(world& in);
job draw_job(world& in);

/// After the last fault everything has to be settled within this.
instant settle_bound(const setting& how) noexcept;

struct run_result {
    std::uint64_t fingerprint = 0;
    std::int64_t steps = 0;
    instant lasted = 0;         ///< virtual time
    instant settled_after = 0;  ///< the last fault
    std::int64_t items = 0;
    std::int64_t slow_revivals = 0;
    std::int64_t plans = 0;
    fault_counts faults{};
    std::optional<invariant> broke{};
    std::string how{};
};

/// Plays the run that `seed` describes, from the first worker to the last item.
run_result play(std::uint64_t seed, mutation planted_one, bool prints);

}  // namespace leasehold::model
