#include "items/load_rules.hpp"

#include <algorithm>
#include <chrono>
#include <cmath>

namespace leasehold {

namespace {

using seconds = std::chrono::duration<double>;

constexpr seconds backlog_is_gone_in{5};
constexpr seconds half_life{15};

/// Of the larger one.
constexpr double noticeable_share = 0.05;
/// Items a second; a plan counts no part for less than twice that.
constexpr double noticeable = 0.005;

/// What the last `measured_for` count for, of all that ever was.
double remembered(milliseconds measured_for) noexcept {
    return -std::expm1(-std::log(2.0) * (seconds{measured_for} / half_life));
}

}  // namespace

std::int64_t backlog_max(int part_count) noexcept {
    constexpr std::int64_t of_all_parts = 1'000'000;
    constexpr std::int64_t of_one_part = 10'000;
    return std::min(of_one_part, of_all_parts / std::max(part_count, 1));
}

double measured_load(const part_work& seen, milliseconds elapsed) noexcept {
    return static_cast<double>(seen.ended) / seconds{elapsed}.count() +
           static_cast<double>(seen.backlog) / backlog_is_gone_in.count();
}

double decayed_load(double load, milliseconds known_for, double measured,
                    milliseconds elapsed) noexcept {
    const double share = remembered(elapsed) / remembered(known_for + elapsed);
    return (1 - share) * load + share * measured;
}

bool is_worth_writing(double written, double load) noexcept {
    const double change = std::abs(load - written);
    return change > noticeable && change > noticeable_share * std::max(load, written);
}

}  // namespace leasehold
