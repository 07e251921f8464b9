#pragma once

/// @room base
/// Every number a user may set. Refused rather than repaired: see validated().

#include <leasehold/time.hpp>

#include <cstddef>
#include <string>

namespace leasehold {

/// Largest payload an item may carry, in bytes of JSON text.
inline constexpr std::size_t payload_bytes_max = 1'048'576;

/// How a session stays alive.
struct session_options {
    std::string name{};          ///< for people; empty: host name and process id
    milliseconds ttl{10'000};    ///< 1 s to 5 min. Longer: slower takeover. Shorter: more writes.
    milliseconds margin{2'000};  ///< work stops this long before the ttl ends; 200 ms to ttl / 2,
                                 ///< above a cluster's clock offset (CockroachDB: 500 ms)
    int weight{1};               ///< 1 to 1000; kept for strategies that honour it
};

/// How parts change hands.
struct lease_options {
    milliseconds watch{300};     ///< 50 ms to 10 s between looks for changes; one row each
    milliseconds settle{100};    ///< 10 ms to `watch`: the same while parts are changing hands
    milliseconds drain{30'000};  ///< 0 to 1 h that running items get when their part moves on
    /// Listens, over one more connection, for what the database tells of new items and plans; and
    /// shows others by a lock that this process lives. Without it, or where the server cannot, all
    /// is found by looking: every `watch`, every `poll`, and when a ttl is over.
    bool notices{true};
    milliseconds weigh{5'000};  ///< 100 ms to 1 min between measures of what the parts ask for;
                                ///< only when the strategy is `balanced`
};

/// How items are claimed and run.
struct work_options {
    int slots{4};                    ///< 1 to 1024 handlers at once
    int claims_max{500};             ///< 1 to 10'000 items claimed and not yet acknowledged
    milliseconds poll{250};          ///< 10 ms to 60 s between looks into an empty queue
    milliseconds drain{8'000};       ///< 0 to 1 h that running handlers get when the worker drains
    milliseconds stop_grace{1'000};  ///< 0 to 1 h between a stop token and the release of the claim
};

/// Everything about one worker.
struct worker_options {
    session_options session{};
    lease_options leases{};
    work_options work{};
};

/// @return `options` unchanged
/// @throws std::invalid_argument naming the member, its value and its range
session_options validated(session_options options);
lease_options validated(lease_options options);
work_options validated(work_options options);
worker_options validated(worker_options options);

}  // namespace leasehold
