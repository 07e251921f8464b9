#include "parts/lease_keeper.hpp"

#include <algorithm>
#include <set>
#include <utility>

namespace leasehold {

namespace {

std::vector<plan_seat> seats_of(const queue_view& view) {
    std::vector<plan_seat> seats;
    for (const auto& one : view.sessions) {
        if (one.live && one.state == "live") {
            seats.push_back({.id = one.id, .weight = one.weight});
        }
    }
    return seats;
}

/// Place of `me` among the live sessions, counted in a ring from the one after `expired`.
std::optional<std::size_t> reaper_rank(const queue_view& view, const session_id& me,
                                       const session_id& expired) {
    std::vector<session_id> live;
    for (const auto& one : view.sessions) {
        if (one.live) {
            live.push_back(one.id);
        }
    }
    const auto mine = std::find(live.begin(), live.end(), me);
    if (mine == live.end()) {
        return std::nullopt;
    }
    const auto first = std::upper_bound(live.begin(), live.end(), expired) - live.begin();
    const auto size = static_cast<std::ptrdiff_t>(live.size());
    return static_cast<std::size_t>(((mine - live.begin()) - first + size) % size);
}

}  // namespace

lease_keeper::lease_keeper(queue_info queue, lease_options options, const session_keeper& sessions,
                           lease_calls& calls, lease_user& user, const clock& time)
    : queue_(std::move(queue)),
      options_(options),
      sessions_(sessions),
      calls_(calls),
      user_(user),
      time_(time) {}

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
    }
    const auto change = calls_.watch();
    if (settled_at_ == change.generation && !change.any_expired && time_.now() < look_again_at_) {
        return time_.now() + options_.watch;
    }
    // A take or a release whose COMMIT got no answer may still come to pass after a look that found
    // all as planned, and it raises no generation. Nobody else would mend that.
    look_again_at_ = time_.now() + sessions_.options().ttl;
    const auto view = calls_.view();
    adopt(view, seat->id);
    follow(view, seat->id);
    if (leaving_ && held_.empty()) {
        calls_.leave(seat->id);
        left_ = true;
        return time_.now() + options_.watch;
    }
    reap_expired(view, seat->id);
    return time_.now() + (settled_at_ ? options_.watch : options_.settle);
}

void lease_keeper::begin_again(const session_id& me) {
    me_ = me;
    said_leaving_ = false;
    held_.clear();
    settled_at_.reset();
}

/// A take or a release whose COMMIT got no answer may have worked: the database says which.
void lease_keeper::adopt(const queue_view& view, const session_id& me) {
    std::set<part_id> owned;
    for (const auto& one : view.owned) {
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
    std::vector<lease> found;
    for (const auto& one : view.owned) {
        if (one.owner == me && held_.emplace(one.part, false).second) {
            found.push_back({one.part, one.term});
        }
    }
    if (!found.empty()) {
        user_.granted(me, found);
    }
}

void lease_keeper::follow(const queue_view& view, const session_id& me) {
    const auto everyone = seats_of(view);
    const auto planned = make_plan(
        {.strategy = queue_.strategy, .part_count = queue_.part_count, .seats = everyone});
    std::vector<part_view> parts(static_cast<std::size_t>(queue_.part_count));
    for (std::size_t i = 0; i < parts.size(); ++i) {
        parts[i].part = {static_cast<std::int32_t>(i)};
    }
    for (const auto& one : view.owned) {
        parts.at(static_cast<std::size_t>(one.part.value)).owner = one.owner;
    }

    bool settled = true;
    std::vector<part_id> free;
    std::vector<part_id> vacated;
    for (const auto& part : parts) {
        switch (next_step(part, me, planned)) {
            case lease_step::ignore: break;
            case lease_step::keep:
                if (std::exchange(held_[part.part], false)) {
                    user_.resume(part.part);
                }
                break;
            case lease_step::take: free.push_back(part.part); break;
            case lease_step::wait: settled = false; break;
            case lease_step::drain:
                settled = false;
                held_[part.part] = true;
                if (user_.vacate(me, part.part)) {
                    vacated.push_back(part.part);
                }
                break;
        }
    }
    if (!vacated.empty()) {
        // Forgotten first: if letting go fails, adopt() finds the parts mine and grants them anew.
        for (const auto part : vacated) {
            held_.erase(part);
        }
        calls_.let_go(me, vacated);
    }
    if (!free.empty()) {
        const auto taken = calls_.take(me, free);
        settled = settled && taken.size() == free.size();
        for (const auto& one : taken) {
            held_.emplace(one.part, false);
        }
        user_.granted(me, taken);
    }
    settled_at_ = settled ? std::optional{view.generation} : std::nullopt;
}

void lease_keeper::reap_expired(const queue_view& view, const session_id& me) {
    constexpr int steps_max = 50;  // then look again: freed parts wait for their next owner
    int steps = 0;
    for (const auto& one : view.sessions) {
        if (one.live) {
            continue;
        }
        settled_at_.reset();
        const auto rank = reaper_rank(view, me, one.id);
        if (!rank || !may_reap(*rank, one.overdue)) {
            continue;
        }
        while (steps < steps_max && !calls_.reap_step(one)) {
            ++steps;
        }
    }
}

}  // namespace leasehold
