#include "parts/lease_keeper.hpp"

#include "base/backoff.hpp"

#include <algorithm>
#include <set>
#include <utility>

namespace leasehold {

namespace {

/// Steps of reaping before the keeper looks around: freed parts wait for it, too.
constexpr int reap_steps_max = 50;

}  // namespace

lease_keeper::lease_keeper(lease_options options, const session_keeper& sessions,
                           lease_calls& calls, lease_user& user, const clock& time)
    : options_(options),
      sessions_(sessions),
      calls_(calls),
      user_(user),
      time_(time),
      patience_(options.settle) {}

steady_time lease_keeper::tick() {
    if (left_) {
        return time_.now() + options_.watch;
    }
    const auto seat = sessions_.current();
    if (!seat) {
        left_ = leaving_.load();
        return time_.now() + options_.settle;
    }
    if (me_ != seat->id) {
        begin_again(seat->id);
    }
    if (leaving_ && !said_leaving_) {
        calls_.set_leaving(seat->id);
        said_leaving_ = true;
        caused_change_ = true;
        followed_.reset();  // also when its seat is kept for a restart, so that the plan stays
    }
    auto seen = watch(seat->id);
    const auto guard_at = weigh_guard(seen, seat->id);
    const bool reaped = reap(seen.neighbour, 0, seat->id) || reap(seen.random, 1, seat->id);
    const auto plan_at = make_plan_if_due(seen, seat->id);
    // A change of hands whose COMMIT got no answer may still come to pass after a look that found
    // all as planned, and it makes no new plan. Nobody else would mend that.
    if (followed_ != seen.plan || time_.now() >= look_again_at_) {
        look_again_at_ = time_.now() + sessions_.options().ttl;
        follow(seat->id);
        followed_ = settled_ ? std::optional{seen.plan} : std::nullopt;
    }
    if (leaving_ && held_.empty() && user_.may_leave(seat->id)) {
        left_ = calls_.leave(seat->id);
        followed_.reset();  // a part that was given to it meanwhile has to go, too
        return time_.now() + (left_ ? options_.watch : patience_);
    }
    if (reaped) {
        return time_.now();  // its own neighbour may have died with it
    }
    auto again = time_.now() + (settled_ ? options_.watch : patience_);
    for (const auto& sooner : {guard_at, plan_at}) {
        again = std::min(again, sooner.value_or(again));
    }
    return again;
}

void lease_keeper::begin_again(const session_id& me) {
    me_ = me;
    said_leaving_ = false;
    held_.clear();
    followed_.reset();
    plan_turn_.reset();
    caused_change_ = true;
    guard_ = {};
}

queue_watch lease_keeper::watch(const session_id& me) {
    auto seen = calls_.watch(me, random_session_id());
    if (told_ != seen.settings) {
        user_.told(seen.settings);
        told_ = seen.settings;
    }
    return seen;
}

/// A neighbour whose connection was closed, and that shows no new one, has died: it expires at
/// once, and is reaped like any other that has expired.
/// @return when to look again whether it does
std::optional<steady_time> lease_keeper::weigh_guard(queue_watch& seen, const session_id& me) {
    const auto opinion = weighed(guard_, seen.guard, time_.now());
    guard_ = opinion.memory;
    if (!seen.guard || !seen.neighbour->live || opinion.verdict == guard_verdict::stands) {
        return std::nullopt;
    }
    if (opinion.verdict == guard_verdict::suspect) {
        return opinion.look_again_at;
    }
    if (calls_.expire_now(*seen.neighbour, seen.guard->guard)) {
        seen = watch(me);
    }
    return std::nullopt;
}

/// Whoever caused the change makes the plan at once. All others see that it is due within one
/// interval; they spread their turns, so that one is first and the rest find it made.
/// @return when to look again for a plan that is to be made
std::optional<steady_time> lease_keeper::make_plan_if_due(queue_watch& seen, const session_id& me) {
    constexpr milliseconds turn_of_each{2};
    constexpr milliseconds spread_max{1'000};
    if (!seen.next_plan_due) {
        plan_turn_.reset();
        return std::nullopt;
    }
    const auto now = time_.now();
    if (*seen.next_plan_due > milliseconds{0}) {
        plan_turn_.reset();
        return now + *seen.next_plan_due;
    }
    if (!plan_turn_) {
        const auto spread = std::min(turn_of_each * seen.planned_seats, spread_max);
        plan_turn_ =
            caused_change_
                ? now
                : now + std::chrono::duration_cast<milliseconds>(spread * random_fraction());
    }
    if (now < *plan_turn_) {
        return plan_turn_;
    }
    calls_.make_plan();
    plan_turn_.reset();
    caused_change_ = false;
    seen = watch(me);
    return std::nullopt;
}

/// Ends `found` if it has expired. The neighbour in the ring goes at once; who came upon it by
/// chance goes a second later, in case the neighbour is in trouble itself.
/// @return whether there was something to do
bool lease_keeper::reap(const std::optional<session_row>& found, std::size_t rank,
                        const session_id& me) {
    if (!found || found->live || found->id == me || !may_reap(rank, found->overdue)) {
        return false;
    }
    calls_.begin_reap(*found);
    // Planned without it first: its parts then go straight to their next owners.
    calls_.make_plan();
    auto far = reap_progress::goes_on;
    for (int steps = 0; steps < reap_steps_max && far == reap_progress::goes_on; ++steps) {
        far = calls_.reap_step(*found);
    }
    followed_.reset();
    caused_change_ = true;
    return far != reap_progress::elsewhere;
}

/// A change of hands whose COMMIT got no answer may have worked: the database says which.
void lease_keeper::adopt(const std::vector<part_view>& parts, const session_id& me) {
    std::set<part_id> owned;
    std::vector<lease> found;
    for (const auto& one : parts) {
        if (one.owner == me) {
            owned.insert(one.part);
        }
    }
    std::erase_if(held_, [&](const auto& part) {
        const bool gone = !owned.contains(part.first);
        if (gone) {
            user_.vacate(me, part.first);
        }
        return gone;
    });
    for (const auto& one : parts) {
        if (one.owner == me && held_.emplace(one.part, false).second) {
            found.push_back({one.part, one.term, one.way});
        }
    }
    if (!found.empty()) {
        user_.granted(me, found);
    }
}

bool lease_keeper::vacated(const session_id& me, part_id part) {
    held_[part] = true;
    return user_.vacate(me, part);
}

void lease_keeper::follow(const session_id& me) {
    const auto parts = calls_.look(me);
    const auto held_before = held_.size();
    adopt(parts, me);
    bool changed = held_.size() != held_before;
    settled_ = true;
    std::vector<part_id> free;
    std::vector<part_id> given;
    std::vector<part_id> let_go;
    const auto seat = leaving_ ? seat_state::leaving : seat_state::staying;
    for (const auto& part : parts) {
        const auto step = next_step(part, me, seat);
        settled_ = settled_ && (step == lease_step::keep || step == lease_step::ignore);
        if (step == lease_step::keep && std::exchange(held_[part.part], false)) {
            user_.resume(part.part);
        } else if (step == lease_step::take) {
            free.push_back(part.part);
        } else if (step == lease_step::give && vacated(me, part.part)) {
            given.push_back(part.part);
        } else if (step == lease_step::let_go && vacated(me, part.part)) {
            let_go.push_back(part.part);
        }
    }
    hand_over(me, given, let_go);
    take(me, free);
    changed = changed || !given.empty() || !let_go.empty() || !free.empty();
    const bool vacating =
        std::any_of(held_.begin(), held_.end(), [](const auto& part) { return part.second; });
    patience_ = changed || vacating ? options_.settle : std::min(2 * patience_, options_.watch);
}

void lease_keeper::hand_over(const session_id& me, const std::vector<part_id>& given,
                             const std::vector<part_id>& let_go) {
    // Forgotten first: if one stays mine after all, adopt() finds it and grants it anew.
    for (const auto* parts : {&given, &let_go}) {
        for (const auto part : *parts) {
            held_.erase(part);
        }
    }
    if (!given.empty()) {
        calls_.give(me, given);
    }
    if (!let_go.empty()) {
        calls_.let_go(me, let_go);
    }
}

void lease_keeper::take(const session_id& me, const std::vector<part_id>& free) {
    if (free.empty()) {
        return;
    }
    const auto taken = calls_.take(me, free);
    for (const auto& one : taken) {
        held_.emplace(one.part, false);
    }
    user_.granted(me, taken);
}

}  // namespace leasehold
