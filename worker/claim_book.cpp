#include "worker/claim_book.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

namespace leasehold {

namespace {

finished_run as_never_started(claim one) {
    return {.held = std::move(one), .wish = release{}, .was_shown = false};
}

}  // namespace

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
        see_whether_to_gather();
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

int claim_book::add(std::vector<claim> claims) {
    const std::scoped_lock lock{mutex_};
    int added = 0;
    for (auto& one : claims) {
        auto* part = find_part(one);
        const bool is_over =
            one.by_lease && part != nullptr && part->ended_meanwhile.contains(key_of(one));
        if (session_ != one.session || is_over || !known_.insert(key_of(one)).second) {
            continue;
        }
        ++added;
        if (part != nullptr) {
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
    see_whether_to_gather();
    return added;
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
    see_whether_to_gather();
    running_.emplace(key_of(next->held), next);
    return next;
}

bool claim_book::finish(run& one, outcome wish, steady_time now) {
    const std::scoped_lock lock{mutex_};
    if (!close_run(one, now)) {
        return false;
    }
    if (one.cancelled) {
        wish = unless_cancelled(std::move(wish), cancelled_while_running);
    }
    finished_.push_back({std::move(one.held), std::move(wish)});
    return true;
}

bool claim_book::finish_acknowledged(run& one, steady_time now) {
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

std::vector<claim> claim_book::shown_by_lease(const std::vector<part_id>& parts) const {
    const std::scoped_lock lock{mutex_};
    std::vector<claim> held;
    const auto note = [&](const claim& one) {
        if (one.by_lease && session_ == one.session &&
            std::binary_search(parts.begin(), parts.end(), one.held.part)) {
            held.push_back(one);
        }
    };
    for (const auto& [key, one] : running_) {
        note(one->held);
    }
    for (const auto& one : finished_) {
        if (one.was_shown) {
            note(one.held);
        }
    }
    return held;
}

std::vector<finished_run> claim_book::take_finished(std::size_t count_max) {
    const std::scoped_lock lock{mutex_};
    if (!claiming_) {
        for (auto& one : waiting_) {
            finished_.push_back(as_never_started(std::move(one)));
        }
        waiting_.clear();
        see_whether_to_gather();
    }
    if (finished_.size() <= count_max) {
        taken_ += finished_.size();
        auto all = std::exchange(finished_, {});
        finished_.reserve(all.size());
        return all;
    }
    const auto end = finished_.begin() + static_cast<std::ptrdiff_t>(count_max);
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
        finished_.push_back(as_never_started(std::move(waiting_.back())));
        waiting_.pop_back();
    }
    see_whether_to_gather();
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
            if (part->entered && one.by_lease) {
                part->ended_meanwhile.insert(key_of(one));
            }
            return is_emptied(*part);
        }
    }
    return false;
}

void claim_book::release_waiting(part_id part) {
    const auto stays = [part](const claim& one) { return one.held.part != part; };
    const auto first = std::stable_partition(waiting_.begin(), waiting_.end(), stays);
    for (auto one = first; one != waiting_.end(); ++one) {
        finished_.push_back(as_never_started(std::move(*one)));
    }
    waiting_.erase(first, waiting_.end());
    see_whether_to_gather();
}

bool claim_book::close_run(run& one, steady_time now) {
    one.ended_at = now;
    if (running_.erase(key_of(one.held)) == 0) {
        --abandoned_;
        return false;
    }
    measure(one);
    see_whether_to_gather();
    return true;
}

/// To be called when what it tells may have changed.
void claim_book::see_whether_to_gather() { may_gather_ = !waiting_.empty() && quick_share_ > 0.5; }

void claim_book::measure(const run& one) {
    constexpr double newest = 0.1;
    constexpr double quick_us = 20;
    const auto us = static_cast<double>(
        std::chrono::duration_cast<std::chrono::microseconds>(one.ended_at - one.started_at)
            .count());
    handler_us_ = handler_us_ ? (1 - newest) * *handler_us_ + newest * us : us;
    quick_share_ = (1 - newest) * quick_share_ + newest * (us < quick_us ? 1 : 0);
}

}  // namespace leasehold
