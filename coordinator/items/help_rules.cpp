#include "items/help_rules.hpp"

#include <algorithm>
#include <functional>
#include <tuple>

namespace leasehold {

namespace {

/// Looks come no closer than this, whatever the delay.
constexpr milliseconds look_pause_min{10};

/// While help is asked for and nothing changes. Asking is renewed at such a look, and lapses after
/// 2 s (schema/queries/help_list.sql).
constexpr milliseconds ask_pause_max{1'000};

/// docs/decisions/0014: with help, handlers of 5 ms are done in half the time, those of 2 ms in the
/// same, those of 0.5 ms in twice the time.
constexpr milliseconds quick_handler{3};
/// The same on a server that is far away or busy.
constexpr int quick_in_claims = 2;

}  // namespace

bool help_allowed(const queue_settings& settings) noexcept {
    return settings.helpers_max > 0 && !settings.paused && !settings.growing;
}

bool slots_are_full(const work_load& load) noexcept {
    return load.running + load.waiting >= load.slots;
}

int free_slots(const work_load& load) noexcept {
    return std::max(0,
                    std::min(load.slots - load.running - load.waiting,
                             load.claims_max - load.running - load.waiting - load.unacknowledged));
}

help_need needed_help(std::vector<part_wait> waits, milliseconds delay) {
    std::sort(waits.begin(), waits.end(), [](const part_wait& a, const part_wait& b) {
        return std::tie(b.waited, a.part) < std::tie(a.waited, b.part);
    });
    help_need need;
    for (const auto& one : waits) {
        if (one.waited < delay) {
            need.more_after = delay - one.waited;
            break;
        }
        if (need.parts.size() < help_parts_max) {
            need.parts.push_back(one.part);
        }
    }
    std::sort(need.parts.begin(), need.parts.end());
    return need;
}

bool handlers_are_quick(const work_load& load, std::chrono::microseconds claim_time) noexcept {
    return load.handler_time &&
           *load.handler_time <
               std::max<std::chrono::microseconds>(quick_handler, quick_in_claims * claim_time);
}

milliseconds first_look_after(const work_load& load, milliseconds delay) noexcept {
    return load.handler_time && *load.handler_time < delay ? delay : milliseconds{0};
}

milliseconds next_look_after(std::optional<milliseconds> before, bool same_picture, bool asking,
                             milliseconds delay, milliseconds poll) noexcept {
    const auto first = std::max(delay, look_pause_min);
    const auto longest = std::max(first, asking ? ask_pause_max : std::min(poll, ask_pause_max));
    return before && same_picture ? std::min(2 * *before, longest) : std::min(first, longest);
}

std::vector<part_id> help_order(std::vector<part_id> oldest_first, const session_id& me,
                                unsigned round) {
    if (!oldest_first.empty()) {
        const auto start = (std::hash<session_id>{}(me) + round) % oldest_first.size();
        std::rotate(oldest_first.begin(), oldest_first.begin() + static_cast<std::ptrdiff_t>(start),
                    oldest_first.end());
    }
    return oldest_first;
}

}  // namespace leasehold
