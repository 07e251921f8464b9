#include "tests/bench/membership/table.hpp"

#include <algorithm>
#include <utility>

namespace leasehold::membership {

using microseconds = std::chrono::microseconds;

table::table(std::string strategy, int part_count, const clock& time)
    : strategy_(std::move(strategy)),
      time_(time),
      parts_(static_cast<std::size_t>(part_count)),
      plan_at_(time.now()),
      unsettled_(part_count) {}

const std::set<int>& table::planned_for(const session_id& id) const {
    static const std::set<int> none;
    const auto found = planned_.find(id);
    return found == planned_.end() ? none : found->second;
}

stored_session* table::find(const session_id& id) {
    const auto found = sessions_.find(id);
    return found == sessions_.end() ? nullptr : &found->second;
}

bool table::stands(const session_id& id) const {
    const auto found = sessions_.find(id);
    return found != sessions_.end() && found->second.state == "live" &&
           found->second.expires_at > time_.now();
}

session_row table::row(const session_id& id, const stored_session& one) const {
    const auto now = time_.now();
    session_row seen;
    seen.id = id;
    seen.name = one.name;
    seen.named = one.named;
    seen.state = one.state;
    seen.expires_at = std::to_string(one.expires_at.time_since_epoch() / microseconds{1});
    seen.live = one.expires_at > now;
    seen.overdue = std::chrono::duration_cast<milliseconds>(now - one.expires_at);
    return seen;
}

std::optional<session_row> table::before(const session_id& id, bool round) const {
    const auto at = sessions_.lower_bound(id);
    if (sessions_.empty() || (at == sessions_.begin() && !round)) {
        return std::nullopt;
    }
    const auto found = at == sessions_.begin() ? std::prev(sessions_.end()) : std::prev(at);
    return row(found->first, found->second);
}

bool table::seat_waits_for(const std::string& name) const {
    return std::any_of(vacant_.begin(), vacant_.end(),
                       [&](const auto& seat) { return seat.second.name == name; });
}

std::optional<milliseconds> table::next_plan_due() const {
    if (!plan_at_) {
        return std::nullopt;
    }
    return std::chrono::ceil<milliseconds>(*plan_at_ - time_.now());
}

plan_record table::record() const {
    plan_record now{.strategy = strategy_,
                    .part_count = part_count(),
                    .is_ready = true,
                    .restart_grace = restart_grace,
                    .number = plan_};
    now.sessions.reserve(sessions_.size());
    for (const auto& [id, one] : sessions_) {
        now.sessions.push_back(row(id, one));
    }
    for (const auto& [id, one] : vacant_) {
        now.vacant.push_back(
            {.seat = {.id = id, .name = one.name},
             .left = std::chrono::duration_cast<milliseconds>(time_.now() - one.left_at)});
    }
    now.planned.reserve(parts_.size());
    for (const auto& one : parts_) {
        now.planned.push_back(one.planned_for);
    }
    now.loads.assign(parts_.size(), 0.0);
    return now;
}

void table::add(const session_id& id, stored_session fresh) {
    sessions_.emplace(id, std::move(fresh));
}

void table::remove(const session_id& id) { sessions_.erase(id); }

void table::keep_seat(const session_id& id) {
    const auto& one = sessions_.at(id);
    vacant_[id] = {one.name, time_.now()};
    const auto over = time_.now() + restart_grace;
    plan_at_ = std::min(plan_at_.value_or(over), over);
}

/// leasehold.raise_generation().
void table::raise_generation(milliseconds quiet) {
    const auto now = time_.now();
    if (planned_seats_ == 0 || (plan_at_ && *plan_at_ <= now)) {
        plan_at_ = plan_at_ ? std::min(*plan_at_, now) : now;
    } else {
        plan_at_ = std::min(now + quiet, unplanned_since_.value_or(now) + 5 * quiet);
    }
    unplanned_since_ = unplanned_since_.value_or(now);
}

void table::write_plan(const plan_changes& changes) {
    ++plans_made_;
    plan_ += changes.parts.empty() ? 0 : 1;
    plans_that_moved_ += changes.parts.empty() ? 0 : 1;
    for (const auto& one : changes.parts) {
        change(one.part.value, [&](stored_part& part) {
            if (part.planned_for) {
                planned_[*part.planned_for].erase(one.part.value);
            }
            part.planned_for = one.to;
            if (one.to) {
                planned_[*one.to].insert(one.part.value);
            }
        });
    }
    for (const auto& seat : changes.forgotten) {
        vacant_.erase(seat);
    }
    planned_seats_ = changes.seats;
    unplanned_since_.reset();
    plan_at_ = changes.next ? std::optional{time_.now() + *changes.next} : std::nullopt;
}

template <class Change>
void table::change(int part, Change how) {
    auto& one = parts_[static_cast<std::size_t>(part)];
    unsettled_ -= as_planned(one) ? 0 : 1;
    how(one);
    unsettled_ += as_planned(one) ? 0 : 1;
}

void table::own(int part, const session_id& id) {
    change(part, [&](stored_part& one) {
        auto& session = sessions_.at(id);
        if (one.owner) {
            sessions_.at(*one.owner).owned.erase(part);
        }
        session.owned.insert(part);
        one.owner = id;
        ++one.term;
        moved_ += one.last_worked_by == session.name ? 0 : 1;
        one.last_worked_by = session.name;
    });
}

void table::let_go(int part) {
    change(part, [&](stored_part& one) {
        sessions_.at(*one.owner).owned.erase(part);
        one.owner.reset();
        ++ownerless_;
    });
}

std::map<std::string, int> table::worked_by() const {
    std::map<std::string, int> parts;
    for (const auto& one : parts_) {
        ++parts[one.last_worked_by];
    }
    return parts;
}

std::int64_t fewest_moves(const std::map<std::string, int>& before,
                          const std::set<std::string>& after, int part_count) {
    // Shares are rounded up first where that keeps a part in its place.
    const int low = part_count / static_cast<int>(after.size());
    int rounded_up = part_count % static_cast<int>(after.size());
    int kept = 0;
    for (const auto& name : after) {
        const auto found = before.find(name);
        const int had = found == before.end() ? 0 : found->second;
        if (had > low && rounded_up > 0) {
            --rounded_up;
            kept += low + 1;
        } else {
            kept += std::min(had, low);
        }
    }
    return part_count - kept;
}

}  // namespace leasehold::membership
