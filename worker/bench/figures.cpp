#include "worker/bench/figures.hpp"

#include <algorithm>
#include <cmath>
#include <stdexcept>

namespace leasehold::bench {

namespace {

double seconds_between(steady_time from, steady_time to) {
    return std::chrono::duration<double>(to - from).count();
}

std::int64_t items_until(const std::vector<completion>& completed, steady_time end) {
    std::int64_t sum = 0;
    for (const auto& one : completed) {
        sum += one.at <= end ? one.items : 0;
    }
    return sum;
}

/// When so many items were done.
steady_time time_of(const std::vector<completion>& completed, steady_time begun, double items) {
    auto before = begun;
    double done = 0;
    for (const auto& one : completed) {
        const auto more = static_cast<double>(one.items);
        if (done + more >= items) {
            // In the midst of a batch: as if its items came one after the other.
            const auto step =
                std::chrono::duration<double>(one.at - before) * ((items - done) / more);
            return before + std::chrono::duration_cast<steady_time::duration>(step);
        }
        done += more;
        before = one.at;
    }
    return before;
}

}  // namespace

double quantile(std::vector<double> of, double share) {
    if (of.empty()) {
        throw std::invalid_argument("nothing was measured");
    }
    std::sort(of.begin(), of.end());
    const double place = share * static_cast<double>(of.size() - 1);
    const auto below = static_cast<std::size_t>(std::floor(place));
    const auto above = std::min(below + 1, of.size() - 1);
    return std::lerp(of[below], of[above], place - std::floor(place));
}

std::int64_t duplicates_in(std::vector<item_id> handled) {
    std::sort(handled.begin(), handled.end());
    const auto once = std::unique(handled.begin(), handled.end());
    return handled.end() - once;
}

std::optional<double> rate_between(const std::vector<completion>& completed, steady_time begun,
                                   std::int64_t total, double from, double to) {
    constexpr std::size_t least = 10;
    if (completed.size() < least) {
        return std::nullopt;
    }
    const auto all = static_cast<double>(total);
    const double took =
        seconds_between(time_of(completed, begun, from * all), time_of(completed, begun, to * all));
    return took > 0 ? std::optional{(to - from) * all / took} : std::nullopt;
}

namespace {

std::optional<double> us_per_item(const std::optional<double>& before,
                                  const std::optional<double>& after, std::int64_t items) {
    constexpr double us = 1e6;
    return items > 0 && before && after
               ? std::optional{us * (*after - *before) / static_cast<double>(items)}
               : std::nullopt;
}

}  // namespace

round_figures figures_of(const round_record& one) {
    const auto timed = items_until(one.work.completed, one.ended);
    round_figures made{.put_in = one.put_in,
                       .completed = 0,
                       .left = one.left,
                       .handled = static_cast<std::int64_t>(one.work.handled.size()),
                       .duplicates = duplicates_in(one.work.handled),
                       .aborts = one.work.aborts,
                       .misses = one.work.misses,
                       .cut = one.cut,
                       .seconds = seconds_between(one.begun, one.ended)};
    for (const auto& batch : one.work.completed) {
        made.completed += batch.items;
    }
    if (made.seconds > 0) {
        made.items_per_s = static_cast<double>(timed) / made.seconds;
    }
    if (timed > 0 && one.before.wal_bytes && one.after.wal_bytes) {
        made.wal_bytes_per_item =
            static_cast<double>(*one.after.wal_bytes - *one.before.wal_bytes) /
            static_cast<double>(timed);
    }
    made.server_cpu_us_per_item = us_per_item(one.before.cpu_s, one.after.cpu_s, timed);
    made.worker_cpu_us_per_item =
        us_per_item(one.before.worker_cpu_s, one.after.worker_cpu_s, timed);
    made.first_tenth_per_s = rate_between(one.work.completed, one.begun, timed, 0, 0.1);
    made.last_tenth_per_s = rate_between(one.work.completed, one.begun, timed, 0.9, 1);
    return made;
}

spread spread_of(const std::vector<double>& rounds) {
    return {.median = median(rounds),
            .least = *std::min_element(rounds.begin(), rounds.end()),
            .most = *std::max_element(rounds.begin(), rounds.end())};
}

}  // namespace leasehold::bench
