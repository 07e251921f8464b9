#include "worker/claim_book.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

namespace leasehold {

void claim_book::begin(const session_id& session) {
    const std::scoped_lock lock{mutex_};
    session_ = session;
    parts_.clear();
}

bool claim_book::end(const session_id& session) {
    std::vector<std::shared_ptr<run>> told;
    {
        const std::scoped_lock lock{mutex_};
        if (session_ != session) {
            return false;
        }
        session_.reset();
        parts_.clear();
        for (const auto& one : waiting_) {
            known_.erase(key_of(one));
        }
        waiting_.clear();
        for (const auto& [key, one] : running_) {
            told.push_back(one);
        }
    }
    // Outside the lock: a stop callback is the handler's own code.
    for (const auto& one : told) {
        one->stop.request_stop();
    }
    return true;
}

std::optional<session_id> claim_book::session() const {
    const std::scoped_lock lock{mutex_};
    return session_;
}

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
            finished_.push_back({one->second->held, release{}, true});
            ++abandoned_;
            one = running_.erase(one);
        } else {
            ++one;
        }
    }
}

void claim_book::stop_claiming() {
    std::vector<std::shared_ptr<run>> told;
    {
        const std::scoped_lock lock{mutex_};
        claiming_ = false;
        for (const auto& [key, one] : running_) {
            told.push_back(one);
        }
    }
    for (const auto& one : told) {
        one->stop.request_stop();
    }
}

void claim_book::pause(bool paused) {
    const std::scoped_lock lock{mutex_};
    paused_ = paused;
}

bool claim_book::is_paused() const {
    const std::scoped_lock lock{mutex_};
    return paused_;
}

bool claim_book::is_claiming() const {
    const std::scoped_lock lock{mutex_};
    return claiming_;
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
                emptied |= is_emptied(found->second);
            }
        }
    }
    if (emptied) {
        part_emptied_();
    }
}

void claim_book::add(std::vector<claim> claims) {
    const std::scoped_lock lock{mutex_};
    for (auto& one : claims) {
        if (session_ != one.session || !known_.insert(key_of(one)).second) {
            continue;
        }
        if (auto* part = find_part(one)) {
            ++part->claims;
        }
        if (one.cancel_asked) {
            finished_.push_back({std::move(one), cancel{cancelled_before}});
            continue;
        }
        const auto bytes = static_cast<double>(one.held.payload.size());
        payload_bytes_ = std::max(bytes, 0.99 * payload_bytes_);
        waiting_.push_back(std::move(one));
    }
}

std::shared_ptr<run> claim_book::start_next(steady_time now) {
    const std::scoped_lock lock{mutex_};
    if (!claiming_ || waiting_.empty() || busy_slots() >= slots_) {
        return nullptr;
    }
    auto next = std::make_shared<run>();
    next->held = std::move(waiting_.front());
    next->started_at = now;
    last_start_ = now;
    waiting_.pop_front();
    running_.emplace(key_of(next->held), next);
    return next;
}

bool claim_book::finish(const run& one, outcome wish, steady_time now) {
    const std::scoped_lock lock{mutex_};
    if (!close_run(one, now)) {
        return false;
    }
    if (one.cancelled) {
        wish = unless_cancelled(std::move(wish), cancelled_while_running);
    }
    finished_.push_back({one.held, std::move(wish)});
    return true;
}

bool claim_book::finish_acknowledged(const run& one, steady_time now) {
    const std::scoped_lock lock{mutex_};
    if (!close_run(one, now)) {
        return false;
    }
    ++taken_;
    return true;
}

bool claim_book::is_running(const run& one) const {
    const std::scoped_lock lock{mutex_};
    return running_.contains(key_of(one.held));
}

claim_keys claim_book::known() const {
    const std::scoped_lock lock{mutex_};
    return known_;
}

std::vector<claim> claim_book::running_since(steady_time before) const {
    const std::scoped_lock lock{mutex_};
    std::vector<claim> since;
    for (const auto& [key, one] : running_) {
        if (one->started_at <= before && !one->cancelled) {
            since.push_back(one->held);
        }
    }
    return since;
}

void claim_book::cancel_runs(std::span<const claim> asked) {
    std::vector<std::shared_ptr<run>> told;
    {
        const std::scoped_lock lock{mutex_};
        for (const auto& one : asked) {
            if (const auto found = running_.find(key_of(one)); found != running_.end()) {
                found->second->cancelled = true;
                told.push_back(found->second);
            }
        }
    }
    for (const auto& one : told) {
        one->stop.request_stop();
    }
}

std::vector<finished_run> claim_book::take_finished(std::size_t count_max) {
    const std::scoped_lock lock{mutex_};
    if (!claiming_) {
        for (auto& one : waiting_) {
            finished_.push_back({std::move(one), release{}});
        }
        waiting_.clear();
    }
    const auto count = std::min(count_max, finished_.size());
    const auto end = finished_.begin() + static_cast<std::ptrdiff_t>(count);
    std::vector<finished_run> taken{std::make_move_iterator(finished_.begin()),
                                    std::make_move_iterator(end)};
    finished_.erase(finished_.begin(), end);
    taken_ += taken.size();
    return taken;
}

void claim_book::forget(const std::vector<finished_run>& ended) {
    bool emptied = false;
    {
        const std::scoped_lock lock{mutex_};
        taken_ -= ended.size();
        for (const auto& one : ended) {
            emptied |= drop(one.held);
        }
    }
    if (emptied) {
        part_emptied_();
    }
}

void claim_book::forget(const claim& ended) {
    bool emptied = false;
    {
        const std::scoped_lock lock{mutex_};
        --taken_;
        emptied = drop(ended);
    }
    if (emptied) {
        part_emptied_();
    }
}

void claim_book::put_back(std::vector<finished_run> ended) {
    const std::scoped_lock lock{mutex_};
    taken_ -= ended.size();
    finished_.insert(finished_.end(), std::make_move_iterator(ended.begin()),
                     std::make_move_iterator(ended.end()));
}

void claim_book::release_last(int count) {
    const std::scoped_lock lock{mutex_};
    for (; count > 0 && !waiting_.empty(); --count) {
        finished_.push_back({std::move(waiting_.back()), release{}});
        waiting_.pop_back();
    }
}

work_load claim_book::load() const {
    const std::scoped_lock lock{mutex_};
    work_load now{.slots = slots_,
                  .claims_max = claims_max_,
                  .running = busy_slots(),
                  .waiting = static_cast<int>(waiting_.size()),
                  .unacknowledged = static_cast<int>(finished_.size() + taken_)};
    now.payload_bytes = static_cast<std::int64_t>(payload_bytes_);
    now.last_start = last_start_;
    if (handler_us_) {
        now.handler_time = std::chrono::microseconds{static_cast<std::int64_t>(*handler_us_)};
    }
    return now;
}

bool claim_book::has_waiting() const {
    const std::scoped_lock lock{mutex_};
    return !waiting_.empty();
}

bool claim_book::is_empty() const {
    const std::scoped_lock lock{mutex_};
    return waiting_.empty() && running_.empty() && finished_.empty() && taken_ == 0;
}

claim_book::part_state* claim_book::find_part(const claim& one) {
    if (session_ != one.session) {
        return nullptr;
    }
    const auto found = parts_.find(one.held.part);
    return found == parts_.end() ? nullptr : &found->second;
}

/// @return true when it was the last in a part that is to be vacated
bool claim_book::drop(const claim& one) {
    if (known_.erase(key_of(one)) > 0) {
        if (auto* part = find_part(one)) {
            --part->claims;
            return is_emptied(*part);
        }
    }
    return false;
}

void claim_book::release_waiting(part_id part) {
    const auto stays = [part](const claim& one) { return one.held.part != part; };
    const auto first = std::stable_partition(waiting_.begin(), waiting_.end(), stays);
    for (auto one = first; one != waiting_.end(); ++one) {
        finished_.push_back({std::move(*one), release{}});
    }
    waiting_.erase(first, waiting_.end());
}

bool claim_book::close_run(const run& one, steady_time now) {
    if (running_.erase(key_of(one.held)) == 0) {
        --abandoned_;
        return false;
    }
    measure(one, now);
    return true;
}

void claim_book::measure(const run& one, steady_time now) {
    constexpr double newest = 0.1;
    const auto us = static_cast<double>(
        std::chrono::duration_cast<std::chrono::microseconds>(now - one.started_at).count());
    handler_us_ = handler_us_ ? (1 - newest) * *handler_us_ + newest * us : us;
}

}  // namespace leasehold
