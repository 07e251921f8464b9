#include "session/session_keeper.hpp"

#include <utility>

namespace leasehold {

session_keeper::session_keeper(session_options options, session_calls& calls,
                               session_events& events, const clock& time)
    : options_(std::move(options)), calls_(calls), events_(events), time_(time) {}

std::optional<standing> session_keeper::current() const {
    const std::scoped_lock lock{mutex_};
    if (!seat_ || !seat_->trust.holds(time_.now())) {
        return std::nullopt;
    }
    return seat_;
}

steady_time session_keeper::tick() {
    std::optional<standing> seat;
    {
        const std::scoped_lock lock{mutex_};
        seat = seat_;
    }
    if (seat && !seat->trust.holds(time_.now())) {
        end(seat->id, session_end::untrusted);
        seat.reset();
    }
    if (seat) {
        return beat(*seat);
    }
    return retired_ ? time_.now() + options_.ttl : begin();
}

steady_time session_keeper::begin() {
    // A fresh id at every try: when the answer is lost, the row behind the old one just expires.
    standing fresh{
        .id = random_session_id(),
        .trust = {.sent_at = time_.now(), .ttl = options_.ttl, .margin = options_.margin}};
    calls_.register_session(fresh.id);
    // Announced before it can be asked for, and both in one: whoever sees the session finds
    // everyone told, and whoever was told finds the session.
    const std::scoped_lock lock{mutex_};
    events_.session_began(fresh.id);
    seat_ = fresh;
    return next_beat(fresh.trust.sent_at, options_.ttl);
}

steady_time session_keeper::beat(const standing& seat) {
    const auto sent_at = time_.now();
    const auto outcome = calls_.extend(seat.id);
    if (outcome == extend_outcome::gone) {
        end(seat.id, session_end::gone);
        return time_.now();
    }
    if (outcome == extend_outcome::evicted) {
        events_.session_evicted(seat.id);
    }
    {
        const std::scoped_lock lock{mutex_};
        if (seat_->trust.holds(time_.now())) {
            seat_->trust.sent_at = sent_at;
            return next_beat(sent_at, options_.ttl);
        }
    }
    // The answer came after trust had ended. Others have been told, and have let everything go.
    end(seat.id, session_end::untrusted);
    return time_.now();
}

void session_keeper::end(const session_id& id, session_end why) {
    {
        const std::scoped_lock lock{mutex_};
        seat_.reset();
    }
    events_.session_ended(id, why);
}

}  // namespace leasehold
