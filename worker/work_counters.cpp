#include "worker/work_counters.hpp"

#include <variant>

namespace leasehold {

void work_counters::count(ack_result result, const outcome& wish,
                          const row_change& change) noexcept {
    if (result == ack_result::lost) {
        ++lost_;
    } else if (result == ack_result::unknown) {
        ++unknown_;
    } else if (std::holds_alternative<row_done>(change)) {
        ++completed_;
    } else if (const auto* dead = std::get_if<row_buried>(&change)) {
        ++(dead->reason == death::cancelled ? cancelled_ : buried_);
    } else if (std::holds_alternative<retry>(wish)) {
        ++retried_;
    } else if (std::holds_alternative<snooze>(wish)) {
        ++snoozed_;
    } else {
        ++released_;
    }
}

work_summary work_counters::summary() const {
    return {.completed = completed_,
            .retried = retried_,
            .snoozed = snoozed_,
            .buried = buried_,
            .released = released_,
            .cancelled = cancelled_,
            .lost = lost_,
            .unknown = unknown_,
            .serialization_retries = items.retries,
            .membership_retries = membership.retries,
            .sessions = sessions_,
            .helped = helped_,
            .help_retries = helping.retries};
}

}  // namespace leasehold
