#include "worker/help_giver.hpp"

#include "base/backoff.hpp"
#include "worker/log.hpp"

#include <algorithm>
#include <utility>

namespace leasehold {

namespace {

constexpr milliseconds barren_first{50};
constexpr milliseconds barren_longest{1'000};

/// Another was quicker: with an item, a key or the lease itself.
bool is_contention(const sql_failure& failure) {
    return failure.kind() == sql_failure_kind::retry || failure.sqlstate() == "23505" ||
           failure.sqlstate() == "23503";
}

}  // namespace

help_giver::help_giver(item_calls& calls, const queue_settings& settings,
                       const work_options& options, claim_book& book, work_counters& counters,
                       const clock& time, std::function<bool()> trusted,
                       std::function<void()> start_slots)
    : calls_(calls),
      settings_(settings),
      options_(options),
      book_(book),
      counters_(counters),
      time_(time),
      trusted_(std::move(trusted)),
      start_slots_(std::move(start_slots)) {}

steady_time help_giver::help(const session_id& me) {
    const auto none_for_now = time_.now() + options_.poll;
    if (!help_allowed(settings_) || !book_.is_claiming()) {
        return none_for_now;
    }
    for (const auto part : book_.helped_parts()) {
        if (free() == 0) {
            break;
        }
        claim_round(me, part);
    }
    if (free() > 0) {
        look_if_due(me);
    }
    // With full slots the end of a run is heard of.
    return free() == 0 ? none_for_now : look_at_;
}

void help_giver::look_if_due(const session_id& me) {
    const bool heard = heard_.exchange(false);
    if (heard) {
        barren_.clear();
    } else if (time_.now() < look_at_) {
        return;
    }
    const bool yielded = look(me);
    look_at_ = time_.now();
    // Where there was something, there may be more for the next free slot.
    if (!yielded || free() > 0) {
        look_at_ += options_.poll / 4 * 3 +
                    std::chrono::duration_cast<milliseconds>(options_.poll * random_fraction() / 2);
    }
}

/// @return did any part yield something?
bool help_giver::look(const session_id& me) {
    const auto now = time_.now();
    bool yielded = false;
    for (const auto part :
         help_order(calls_.wanted_help(me, settings_.helpers_max), me, rounds_++)) {
        if (free() == 0) {
            break;
        }
        if (const auto found = barren_.find(part);
            found != barren_.end() && now < found->second.until) {
            continue;
        }
        if (claim_round(me, part) > 0) {
            yielded = true;
            barren_.erase(part);
        } else {
            note_barren(part);
        }
    }
    return yielded;
}

void help_giver::note_barren(part_id part) {
    auto& one = barren_[part];
    one.pause = std::clamp(2 * one.pause, barren_first, barren_longest);
    one.until = time_.now() + one.pause;
}

/// @return how many items were claimed
int help_giver::claim_round(const session_id& me, part_id part) {
    const bool has_lease = book_.helps_in(part);
    if (!book_.enter_help(me, part)) {
        return 0;
    }
    try {
        return claim_in({.me = me,
                         .part = part,
                         .wanted = free(),
                         .helpers_max = settings_.helpers_max,
                         .has_lease = has_lease});
    } catch (const sql_failure& failure) {
        book_.leave_help(part, has_lease);
        if (!is_contention(failure)) {
            throw;
        }
        log().debug("no help part={} sqlstate={}", part.value, failure.sqlstate());
        return 0;
    }
}

int help_giver::claim_in(const help_round& round) {
    auto made = calls_.help(round);
    if (made.doubt && !was_claimed(calls_, made, round.me, {round.part}, book_, trusted_)) {
        throw sql_failure{*made.doubt};
    }
    auto& claims = made.answer.claims;
    const auto count = static_cast<int>(claims.size());
    if (count > 0 && !round.has_lease) {
        log().debug("help begins part={} session={}", round.part.value, to_text(round.me));
    }
    counters_.count_helped(count);
    // Claims first, then leave: between the two the part must not look empty.
    book_.add(std::move(claims));
    book_.leave_help(round.part, round.has_lease || count > 0);
    if (count > 0) {
        start_slots_();
    }
    return count;
}

void help_giver::let_go(const session_id& me) {
    if (!book_.is_claiming() || settings_.growing) {
        book_.stop_helping(time_.now(),
                           {.drain = options_.drain, .stop_grace = options_.stop_grace});
    }
    const auto idle = book_.idle_help();
    if (idle.empty()) {
        return;
    }
    try {
        calls_.end_help(me, idle);
    } catch (const sql_failure& failure) {
        if (!is_contention(failure)) {
            throw;
        }
        return;  // the next time
    }
    book_.end_help(idle);
    log().debug("help ends parts={} session={}", idle.size(), to_text(me));
}

}  // namespace leasehold
