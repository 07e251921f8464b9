#include "worker/help_seeker.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

namespace leasehold {

namespace {

/// Looks that find the same are at most 1 s apart, and a request lapses 2 s after the last word of
/// it. So it is renewed at nearly every such look; nor is it taken back sooner, while slots come
/// and go.
constexpr milliseconds renewed_after{400};

/// A first handler that takes so long is not quick.
constexpr milliseconds hung_after{20};

std::vector<part_id> without(const std::vector<part_id>& all, const std::vector<part_id>& some) {
    std::vector<part_id> rest;
    std::set_difference(all.begin(), all.end(), some.begin(), some.end(), std::back_inserter(rest));
    return rest;
}

}  // namespace

void help_seeker::begin_again() {
    begun_ = false;
    asked_.clear();
}

void help_seeker::note_claim(std::chrono::microseconds took) {
    constexpr int newest = 5;  // a fifth of the mean
    claim_time_ += (took - claim_time_) / (claim_time_.count() == 0 ? 1 : newest);
}

milliseconds help_seeker::pause_min() const {
    return next_look_after({}, false, false, settings_.help_delay, options_.poll);
}

void help_seeker::hear(const std::set<part_id>& parts, bool anywhere) {
    const bool news = !std::includes(asked_.begin(), asked_.end(), parts.begin(), parts.end());
    if (begun_ && (news || (anywhere && asked_.empty()))) {
        pause_.reset();
        look_at_ = std::min(look_at_, looked_at_ + pause_min());
    }
}

steady_time help_seeker::tick() {
    const auto now = time_.now();
    auto load = book_.load();
    load.handler_time = expected_handler_time(load, now);
    // A handler of which nobody knows yet is quick, until it has taken a while: it would be of no
    // use to ask others for what is done before they come.
    const auto slow_at =
        load.handler_time ? now : (load.running > 0 ? load.last_start : now) + hung_after;
    const bool held_up =
        slots_are_full(load) && now >= slow_at && !handlers_are_quick(load, claim_time_);
    // What lies in a part that is being vacated waits whatever slots are free.
    const auto parts = !help_allowed(settings_) ? std::vector<part_id>{}
                       : held_up                ? book_.own_parts()
                                                : book_.closed_parts();
    if (parts.empty()) {
        begun_ = false;
        if (now >= asked_at_ + renewed_after) {
            ask({});
        }
        return slots_are_full(load) && now < slow_at ? slow_at : now + options_.poll;
    }
    if (!std::exchange(begun_, true)) {
        const auto delay = settings_.help_delay;
        pause_.reset();
        look_at_ = std::max(now + first_look_after(load, delay), looked_at_ + pause_min());
    }
    if (now >= look_at_) {
        look(parts);
    }
    return look_at_;
}

void help_seeker::look(const std::vector<part_id>& parts) {
    auto need = needed_help(calls_.waits(parts), settings_.help_delay);
    if (use_rows_(need.parts)) {
        // What runs by the lease alone seemed to wait.
        need = needed_help(calls_.waits(parts), settings_.help_delay);
    }
    const bool asking = !need.parts.empty();
    pause_ =
        next_look_after(pause_, need.parts == asked_, asking, settings_.help_delay, options_.poll);
    ask(std::move(need.parts));
    looked_at_ = time_.now();
    look_at_ = looked_at_ + *pause_;
    if (need.more_after) {
        look_at_ = std::min(look_at_, looked_at_ + *need.more_after);
    }
}

void help_seeker::ask(std::vector<part_id> wanted) {
    const auto now = time_.now();
    help_request what{.wanted = std::move(wanted), .withdrawn = without(asked_, what.wanted)};
    what.tell = !without(what.wanted, asked_).empty();
    const bool lapses = !what.wanted.empty() && now >= asked_at_ + renewed_after;
    if (!what.tell && !lapses && what.withdrawn.empty()) {
        return;
    }
    try {
        calls_.ask_for_help(what);
    } catch (const sql_failure& failure) {
        if (failure.kind() != sql_failure_kind::retry) {
            throw;
        }
        return;  // many ask at once: at the next look
    }
    asked_at_ = now;
    asked_ = std::move(what.wanted);
}

}  // namespace leasehold
