#pragma once

#include "worker/bench/tally.hpp"

#include <leasehold/time.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

/// Numbers out of what was tallied. Pure.

namespace leasehold::bench {

/// Of unsorted numbers, of which there must be some; between two of them, by their distance.
double quantile(std::vector<double> of, double share);
inline double median(const std::vector<double>& of) { return quantile(of, 0.5); }

/// How often an item was done that had been done, or was being done, by another.
std::int64_t duplicates_in(std::vector<item_id> handled);

/// What the server, and this program, had spent at one moment.
struct meter_reading {
    std::optional<std::int64_t> wal_bytes{};  ///< none: the server does not say
    std::optional<double> cpu_s{};            ///< of all its processes; none: out of sight
    std::optional<double> worker_cpu_s{};     ///< of this process, in which all workers are
};

/// One round of one contender, as it was seen.
struct round_record {
    std::int64_t put_in{0};
    std::int64_t left{0};  ///< items that were there afterwards
    steady_time begun{};
    steady_time ended{};  ///< all items done, or the time limit
    bool cut{false};      ///< it was the time limit
    meter_reading before{};
    meter_reading after{};
    tallied work{};
};

/// What came of one round.
struct round_figures {
    std::int64_t put_in{0};
    std::int64_t completed{0};  ///< in all, what was under way at the time limit too
    std::int64_t left{0};
    std::int64_t handled{0};
    std::int64_t duplicates{0};
    std::int64_t aborts{0};
    std::int64_t misses{0};
    bool cut{false};
    double seconds{0};
    double items_per_s{0};
    std::optional<double> wal_bytes_per_item{};
    std::optional<double> server_cpu_us_per_item{};
    std::optional<double> worker_cpu_us_per_item{};
    std::optional<double> first_tenth_per_s{};  ///< none below ten completions
    std::optional<double> last_tenth_per_s{};

    /// Items that are neither done nor there. Anything but 0 is a fault.
    std::int64_t lost() const { return put_in - completed - left; }
};

/// Rates count what was done between beginning and end.
round_figures figures_of(const round_record& one);

/// How fast items were done while the share `from` to `to` of them was, of `total` in all.
/// @param completed  by time
std::optional<double> rate_between(const std::vector<completion>& completed, steady_time begun,
                                   std::int64_t total, double from, double to);

/// The middle one of all rounds, and how far they are apart.
struct spread {
    double median{0};
    double least{0};
    double most{0};
};

spread spread_of(const std::vector<double>& rounds);

/// The spread of one member over the rounds that have it; none when no round has.
template <class Member>
std::optional<spread> spread_of(const std::vector<round_figures>& rounds, Member member) {
    std::vector<double> values;
    for (const auto& one : rounds) {
        const std::optional<double> value = one.*member;
        if (value) {
            values.push_back(*value);
        }
    }
    return values.empty() ? std::nullopt : std::optional{spread_of(values)};
}

}  // namespace leasehold::bench
