#include "items/ack_rules.hpp"

#include "base/backoff.hpp"
#include "base/text.hpp"

#include <algorithm>

namespace leasehold {

namespace {

constexpr std::size_t error_bytes_max = 4'000;

/// Ten years: beyond any use, and within what the server can add to its clock.
constexpr milliseconds delay_max = std::chrono::hours{24 * 3'650};

milliseconds bounded(milliseconds delay) { return std::clamp(delay, milliseconds{0}, delay_max); }

struct decision {
    const item& held;
    const retry_policy& policy;
    double random;

    row_change operator()(const complete&) const { return row_done{}; }
    row_change operator()(const release&) const { return row_returned{.attempts_given_back = 1}; }
    row_change operator()(const snooze& wish) const {
        return row_returned{.delay = bounded(wish.delay), .attempts_given_back = 1};
    }
    row_change operator()(const bury& wish) const {
        return row_buried{storable(wish.error, error_bytes_max)};
    }
    row_change operator()(const cancel& wish) const {
        return row_buried{storable(wish.reason, error_bytes_max), death::cancelled};
    }
    row_change operator()(const retry& wish) const {
        auto error = storable(wish.error, error_bytes_max);
        if (held.attempt >= held.max_attempts) {
            return row_buried{std::move(error), death::spent};
        }
        const auto delay =
            wish.delay.value_or(full_jitter(policy.base, policy.max, held.attempt, random));
        return row_returned{.delay = bounded(delay), .error = std::move(error)};
    }
};

}  // namespace

std::string_view to_text(death reason) noexcept {
    switch (reason) {
        case death::spent: return "spent";
        case death::buried: return "buried";
        case death::cancelled: return "cancelled";
    }
    return "buried";
}

outcome unless_cancelled(outcome wish, const std::string& reason) {
    const bool ended = std::holds_alternative<complete>(wish) ||
                       std::holds_alternative<bury>(wish) || std::holds_alternative<cancel>(wish);
    return ended ? std::move(wish) : cancel{reason};
}

row_change decided(const outcome& wish, const item& held, const retry_policy& policy,
                   double random) {
    return std::visit(decision{held, policy, random}, wish);
}

}  // namespace leasehold
