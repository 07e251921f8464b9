// What a claim_book knows of parts: which are here, which are open, and how they are left.

#include "worker/claim_book.hpp"

#include <algorithm>
#include <utility>

namespace leasehold {

void claim_book::grant(const session_id& session, const std::vector<lease>& leases) {
    const std::scoped_lock lock{mutex_};
    if (session_ == session) {
        for (const auto& one : leases) {
            auto& part = parts_[one.part];  // its claims, if it has any, are still counted
            part.role = lease_role::owner;
            part.leased = true;
            part.open = true;
            part.vacated_since.reset();
        }
    }
}

void claim_book::resume(part_id part) {
    const std::scoped_lock lock{mutex_};
    if (const auto found = parts_.find(part); found != parts_.end()) {
        found->second.open = true;
        found->second.vacated_since.reset();
    }
}

bool claim_book::vacate(const session_id& session, part_id part, steady_time now,
                        const vacate_times& times) {
    std::vector<std::shared_ptr<run>> told;
    bool empty = false;
    {
        const std::scoped_lock lock{mutex_};
        if (session_ != session) {
            return false;
        }
        const auto found = parts_.find(part);
        if (found == parts_.end() || found->second.role == lease_role::helper) {
            return true;
        }
        close(part, found->second, now, times, told);
        empty = found->second.claims == 0 && !found->second.entered;
        if (empty) {
            parts_.erase(found);
        }
    }
    for (const auto& one : told) {
        one->stop.request_stop();
    }
    return empty;
}

/// Nothing more is claimed from `part`; what is claimed ends, by `times`.
/// @param told  gets the runs that are to be told to stop, outside the lock
void claim_book::close(part_id part, part_state& state, steady_time now, const vacate_times& times,
                       std::vector<std::shared_ptr<run>>& told) {
    state.open = false;
    const auto since = state.vacated_since.value_or(now);
    state.vacated_since = since;
    release_waiting(part);
    const bool stop = now >= since + times.drain;
    const bool give_up = now >= since + times.drain + times.stop_grace;
    for (auto one = running_.begin(); one != running_.end();) {
        const bool here = one->second->held.held.part == part;
        if (here && stop) {
            told.push_back(one->second);
        }
        if (here && give_up) {
            finished_.push_back(
                {.held = one->second->held, .wish = release{}, .handler_runs = true});
            ++abandoned_;
            one = running_.erase(one);
        } else {
            ++one;
        }
    }
}

std::vector<part_id> claim_book::parts_where(
    const std::function<bool(const part_state&)>& is_one) const {
    const std::scoped_lock lock{mutex_};
    std::vector<part_id> parts;
    for (const auto& [part, state] : parts_) {
        if (is_one(state)) {
            parts.push_back(part);
        }
    }
    return parts;
}

std::vector<part_id> claim_book::open_parts() const {
    return parts_where([this](const part_state& one) {
        return claiming_ && !paused_ && one.role == lease_role::owner && one.open;
    });
}

std::vector<part_id> claim_book::own_parts() const {
    return parts_where([](const part_state& one) { return one.role == lease_role::owner; });
}

std::vector<part_id> claim_book::closed_parts() const {
    return parts_where([this](const part_state& one) {
        return one.role == lease_role::owner && !(claiming_ && one.open);
    });
}

bool claim_book::enter_help(const session_id& session, part_id part) {
    const std::scoped_lock lock{mutex_};
    if (!claiming_ || paused_ || session_ != session) {
        return false;
    }
    const auto [place, fresh] =
        parts_.try_emplace(part, part_state{.role = lease_role::helper, .leased = false});
    if (place->second.role != lease_role::helper) {
        return false;
    }
    place->second.entered = true;
    return true;
}

void claim_book::leave_help(part_id part, bool has_lease) {
    const std::scoped_lock lock{mutex_};
    const auto found = parts_.find(part);
    if (found == parts_.end()) {
        return;
    }
    auto& state = found->second;
    state.entered = false;
    if (state.role == lease_role::helper) {
        state.leased = has_lease;
        if (!has_lease && state.claims == 0) {
            parts_.erase(found);
        }
    }
}

std::vector<part_id> claim_book::helped_parts() const {
    return parts_where([](const part_state& one) { return one.role == lease_role::helper; });
}

bool claim_book::helps() const { return !helped_parts().empty(); }

bool claim_book::helps_in(part_id part) const {
    const std::scoped_lock lock{mutex_};
    const auto found = parts_.find(part);
    return found != parts_.end() && found->second.role == lease_role::helper &&
           found->second.leased;
}

std::vector<part_id> claim_book::idle_help() const {
    return parts_where([](const part_state& one) {
        return one.role == lease_role::helper && one.claims == 0 && !one.entered;
    });
}

void claim_book::end_help(const std::vector<part_id>& parts) {
    const std::scoped_lock lock{mutex_};
    for (const auto part : parts) {
        const auto found = parts_.find(part);
        if (found != parts_.end() && found->second.role == lease_role::helper &&
            found->second.claims == 0) {
            parts_.erase(found);
        }
    }
}

void claim_book::stop_helping(steady_time now, const vacate_times& times) {
    std::vector<std::shared_ptr<run>> told;
    {
        const std::scoped_lock lock{mutex_};
        for (auto& [part, state] : parts_) {
            if (state.role == lease_role::helper) {
                close(part, state, now, times, told);
            }
        }
    }
    for (const auto& one : told) {
        one->stop.request_stop();
    }
}

std::vector<part_id> claim_book::enter(const std::vector<part_id>& wanted) {
    const std::scoped_lock lock{mutex_};
    std::vector<part_id> entered;
    for (const auto part : wanted) {
        const auto found = parts_.find(part);
        if (claiming_ && !paused_ && found != parts_.end() && found->second.open &&
            found->second.role == lease_role::owner) {
            found->second.entered = true;
            entered.push_back(part);
        }
    }
    return entered;
}

void claim_book::leave(const std::vector<part_id>& parts) {
    bool emptied = false;
    {
        const std::scoped_lock lock{mutex_};
        for (const auto part : parts) {
            if (const auto found = parts_.find(part); found != parts_.end()) {
                found->second.entered = false;
                found->second.ended_meanwhile.clear();
                emptied |= is_emptied(found->second);
            }
        }
    }
    if (emptied) {
        part_emptied_();
    }
}

int claim_book::claims_in(part_id part) const {
    const std::scoped_lock lock{mutex_};
    const auto found = parts_.find(part);
    return found == parts_.end() ? 0 : found->second.claims;
}

void claim_book::release_waiting_in(const std::vector<part_id>& parts) {
    const std::scoped_lock lock{mutex_};
    for (const auto part : parts) {
        release_waiting(part);
    }
}

}  // namespace leasehold
