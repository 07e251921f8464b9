#include "worker/runner.hpp"

#include "base/backoff.hpp"
#include "base/text.hpp"
#include "base/utf8_text.hpp"
#include "worker/log.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

namespace leasehold {

namespace {

/// Acknowledged in one transaction; more would hold locks and memory for little gain.
constexpr std::size_t acknowledged_max = 1'000;

/// So long may outcomes wait for others, should a quick handler hang: see claim_book::may_gather().
constexpr milliseconds gather_max{10};

/// How old the list of parts with work may grow while it still yields some.
constexpr milliseconds look_age_max{250};

/// Rounds in a row that may yield nothing before the loop rests. Of a keyed queue a round looks at
/// some of the keys only.
constexpr int barren_rounds_max = 64;

/// How often it is asked whether a running item is to be cancelled, and how long a handler runs
/// before it is asked for the first time: short ones cost nothing.
constexpr milliseconds cancel_watch{500};

/// The first rest after work was found by a look, or told of as left out: items seldom come alone,
/// and when they come thick and fast not each is told of.
constexpr milliseconds first_pause{10};

/// Enough to end it; payloads may be long.
claim without_payload(const claim& one) {
    return {.held = {.id = one.held.id,
                     .part = one.held.part,
                     .attempt = one.held.attempt,
                     .max_attempts = one.held.max_attempts},
            .session = one.session,
            .fence = one.fence,
            .by_lease = one.by_lease};
}

int open_claims(const work_load& load) { return load.running + load.waiting + load.unacknowledged; }

}  // namespace

runner::runner(item_calls& calls, const queue_info& queue, work_options options,
               const session_keeper& sessions, claim_book& book, claim_ways& ways,
               work_counters& counters, work_events& events, const clock& time,
               std::function<void()> start_slots)
    : calls_(calls),
      queue_(queue),
      options_(options),
      sessions_(sessions),
      book_(book),
      ways_(ways),
      counters_(counters),
      events_(events),
      time_(time),
      start_slots_(std::move(start_slots)),
      pause_(options_.poll),
      settings_{.paused = queue.paused,
                .help_delay = queue.help_delay,
                .helpers_max = queue.helpers_max,
                .claims = queue.claims},
      modes_(calls, settings_, book, ways, time),
      seeker_(calls, settings_, options_, book, time,
              [this](const std::vector<part_id>& parts) {
                  const auto me = book_.session();
                  return me && modes_.use_rows(*me, parts);
              }),
      giver_(
          calls, settings_, options_, book, counters, time, [this] { return trusted(); },
          [this] { start_slots_(); }) {}

steady_time runner::tick() {
    take_up_settings();
    give_back_hoarded();
    acknowledge_finished();
    look_for_cancels();
    auto next = time_.now() + std::min(options_.poll, cancel_watch);
    if (const auto seat = sessions_.current()) {
        next = std::min(next, work_for(seat->id));
    }
    if (book_.has_waiting()) {
        start_slots_();
    }
    if (book_.may_gather()) {
        next = std::min(next, time_.now() + gather_max);
    }
    return next;
}

/// @return when to be called again. With full slots the next outcome wakes the loop; the time is
///         for what nobody announces.
steady_time runner::work_for(const session_id& me) {
    const auto modes_again = modes_.tick(me, seeker_.asked());
    // Else a claim on a row would be taken for the one by the lease that was just given up there.
    acknowledge_finished();
    const bool hungry = claim_more(me) > 0;
    const auto again = std::min(modes_again, look_after_help(me, hungry && rests_));
    return hungry ? std::min(again, std::max(time_.now(), look_again_at_)) : again;
}

/// @param idle  are there free slots, and nothing due in parts of our own?
steady_time runner::look_after_help(const session_id& me, bool idle) {
    if (std::exchange(helps_as_, me) != me) {
        seeker_.begin_again();
    }
    auto again = time_.now() + options_.poll;
    if (idle) {
        again = std::min(again, giver_.help(me));
    }
    giver_.let_go(me);
    return std::min(again, seeker_.tick());
}

void runner::told(const queue_settings& settings) {
    const std::scoped_lock lock{told_mutex_};
    told_ = settings;
}

void runner::take_up_settings() {
    const std::scoped_lock lock{told_mutex_};
    if (told_) {
        settings_ = *std::exchange(told_, std::nullopt);
    }
}

void runner::report(const finished_run& one, const ack_report& what) {
    counters_.count(what.result, one.wish, what.change);
    if (what.result == ack_result::acknowledged && !std::holds_alternative<release>(one.wish)) {
        counters_.count_work(one.held.held.part);
    }
    events_.claim_ended(one.held, asked_end(what.change), what.result);
    if (what.result == ack_result::acknowledged &&
        !std::holds_alternative<row_buried>(what.change)) {
        return;
    }
    const auto id = to_text(one.held.held.id);
    if (what.result == ack_result::lost) {
        log().error("claim lost item={} part={} token={}: another may run it", id,
                    one.held.held.part.value, one.held.fence.value);
    } else if (what.result == ack_result::unknown) {
        log().error("acknowledgement unknown item={} part={} token={}", id,
                    one.held.held.part.value, one.held.fence.value);
    } else if (std::holds_alternative<row_buried>(what.change)) {
        const auto& dead = std::get<row_buried>(what.change);
        if (dead.reason == death::cancelled) {
            log().info("item cancelled item={} attempt={}", id, one.held.held.attempt);
        } else {
            log().error("item buried item={} attempt={} error=\"{}\"", id, one.held.held.attempt,
                        printable(one_line(dead.error)));
        }
    }
}

/// @return for each of `ended`, in order, what became of it
/// @throws sql_failure when nothing happened: call again
std::vector<ack_report> runner::acknowledge(const std::vector<finished_run>& ended) {
    // The claims of a session that is over are freed by others: that they are gone tells nothing.
    const auto me = book_.session();
    std::vector<ack_request> requests;
    requests.reserve(ended.size());
    for (const auto& one : ended) {
        requests.push_back({without_payload(one.held),
                            decided(one.wish, one.held.held, queue_.retries, random_fraction())});
    }
    auto made = calls_.acknowledge(requests);
    if (made.doubt) {
        std::vector<claim> ending;
        for (const auto& one : requests) {
            if (one.held.session == me) {
                ending.push_back(one.held);
            }
        }
        const bool done = was_acknowledged(calls_, *made.doubt, made.sender, ending,
                                           [&] { return book_.session() == me && trusted(); });
        // A claim that is gone was ended by this, unless somebody else could have done it. An item
        // that only the lease holds may also have been cancelled.
        made.answer.clear();
        for (const auto& one : ended) {
            const bool by_this =
                done && one.held.session == me && !one.handler_runs && !one.held.by_lease;
            made.answer.push_back(by_this ? ack_result::acknowledged : ack_result::unknown);
        }
    }
    std::vector<ack_report> reports;
    reports.reserve(requests.size());
    for (std::size_t i = 0; i < requests.size(); ++i) {
        reports.push_back({made.answer[i], std::move(requests[i].change)});
    }
    return reports;
}

/// For others to take up: what was claimed ahead of handlers that take longer than was thought.
void runner::give_back_hoarded() {
    if (help_allowed(settings_)) {
        const auto now = time_.now();
        auto load = book_.load();
        load.handler_time = expected_handler_time(load, now);
        book_.release_last(claims_hoarded(load, now));
    }
}

/// Of a claim by the lease alone that no handler has seen, nothing is anywhere: nothing is counted
/// or told either.
void runner::forget_unwritten(std::vector<finished_run>& ended) {
    const auto written = [](const finished_run& one) {
        return one.was_shown || !one.held.by_lease;
    };
    const auto first = std::stable_partition(ended.begin(), ended.end(), written);
    if (first == ended.end()) {
        return;
    }
    std::vector<finished_run> unwritten{std::make_move_iterator(first),
                                        std::make_move_iterator(ended.end())};
    ended.erase(first, ended.end());
    book_.forget(unwritten);
}

void runner::acknowledge_finished() {
    for (auto ended = book_.take_finished(acknowledged_max); !ended.empty();
         ended = book_.take_finished(acknowledged_max)) {
        forget_unwritten(ended);
        if (ended.empty()) {
            continue;
        }
        std::vector<ack_report> reports;
        try {
            reports = acknowledge(ended);
        } catch (...) {
            book_.put_back(std::move(ended));
            throw;
        }
        for (std::size_t i = 0; i < ended.size(); ++i) {
            report(ended[i], reports[i]);
        }
        book_.forget(ended);
    }
}

void runner::look_for_cancels() {
    const auto now = time_.now();
    if (now < cancels_looked_at_ + cancel_watch) {
        return;
    }
    cancels_looked_at_ = now;
    if (const auto running = book_.running_since(now - cancel_watch); !running.empty()) {
        book_.cancel_runs(calls_.cancel_asked(running));
    }
}

/// Nothing to be had: wait, each worker a little differently, and longer each time up to the poll
/// interval. Many keys may be blocked, and to find that out takes its time: then nine times as
/// long.
void runner::rest() {
    constexpr milliseconds longest{2'000};
    hot_.clear();
    const auto now = time_.now();
    const auto spent = std::chrono::duration_cast<milliseconds>(now - looked_at_);
    const auto pause = std::min(pause_, options_.poll);
    pause_ = 2 * pause;
    const auto wait =
        std::chrono::duration_cast<milliseconds>(pause * 0.75 + pause * random_fraction() / 2);
    look_again_at_ = now + (queue_.keyed ? std::max(wait, std::min(9 * spent, longest)) : wait);
    rests_ = true;
}

void runner::look_for_work() {
    const auto open = book_.open_parts();
    hot_.clear();
    rests_ = false;
    was_told_ = false;
    looked_at_ = time_.now();
    open_at_look_ = open_claims(book_.load());
    if (!open.empty()) {
        for (const auto part : claim_order(calls_.due(open))) {
            hot_.push_back({part});
        }
    }
    look_again_at_ = time_.now();
    claimed_since_look_ = 0;
    if (hot_.empty()) {
        rest();
    }
}

void runner::items_came(const std::vector<part_id>& parts, bool anywhere) {
    const std::scoped_lock lock{told_mutex_};
    rung_.parts.insert(parts.begin(), parts.end());
    rung_.anywhere = rung_.anywhere || anywhere;
}

/// Of a part of ours the claim itself is the look, unless there is other work, which may be more
/// urgent. Of other parts we need to know nothing; `anywhere` may be ours, but those who keep
/// looking in vain, while others find something, look less and less often.
void runner::take_up_rings(const work_load& load, int wanted) {
    ring rung;
    {
        const std::scoped_lock lock{told_mutex_};
        rung = std::exchange(rung_, {});
    }
    if (rung.parts.empty() && !rung.anywhere) {
        return;
    }
    const auto now = time_.now();
    const auto open = book_.open_parts();
    std::erase_if(rung.parts, [&](part_id part) {
        return !std::binary_search(open.begin(), open.end(), part);
    });
    if (rung.anywhere) {
        if (!rung.parts.empty() || now >= rang_at_ + options_.poll) {
            pause_ = first_pause;
        }
        rang_at_ = now;
        look_again_at_ = std::min(look_again_at_, looked_at_ + pause_);
    } else if (!rung.parts.empty()) {
        pause_ = options_.poll;  // each item is told of
    }
    calls_.came(rung.anywhere ? open : std::vector<part_id>{rung.parts.begin(), rung.parts.end()});
    seeker_.hear(rung.parts, rung.anywhere);
    if (rung.parts.empty()) {
        return;
    }
    if (wanted == 0 || !hot_.empty()) {
        look_again_at_ = std::min(look_again_at_, now);
        return;
    }
    for (const auto part : rung.parts) {
        hot_.push_back({part});
    }
    rests_ = false;
    was_told_ = !rung.anywhere;
    looked_at_ = now;
    open_at_look_ = open_claims(load);
    claimed_since_look_ = 0;
    look_again_at_ = queue_.keyed ? now : std::min(look_again_at_, now + pause_);
}

/// @return how many items could still be taken
int runner::claim_more(const session_id& me) {
    const auto now = time_.now();
    auto load = book_.load();
    load.handler_time = expected_handler_time(load, now);
    int wanted = claims_wanted(load);
    take_up_rings(load, wanted);
    if (wanted == 0) {
        return 0;
    }
    if (queue_.keyed && rests_ && open_claims(load) < open_at_look_) {
        look_again_at_ = now;  // the end of a claim lets the next item of its key run
    }
    const bool stale = !hot_.empty() && now >= looked_at_ + look_age_max;
    if (stale || (hot_.empty() && now >= look_again_at_)) {
        look_for_work();
    }
    for (int barren = 0; wanted > 0 && !hot_.empty() && barren < barren_rounds_max;) {
        const int count = claim_round(me, wanted);
        claimed_since_look_ += count;
        pause_ = count > 0 && !was_told_ ? first_pause : pause_;
        wanted -= count;
        barren = count == 0 ? barren + 1 : 0;
        start_slots_();
    }
    // What was seen is another's, or waits behind an item of its own key: looking again at once
    // would see it again.
    if (wanted > 0 && claimed_since_look_ == 0 && !rests_) {
        rest();
    }
    return wanted;
}

void runner::see_way(part_share& share) const {
    const auto held = ways_.of(share.part);
    share.base = held.way.base;
    if (held.way.by_lease) {
        share.by_lease = held.term;
        share.in_hand = book_.claims_in(share.part);
    }
}

/// One transaction over the next parts of the list. Parts that gave less than they were asked for
/// have no more; the others go to the end of the list, behind those that have waited longer.
/// @return how many items were claimed
int runner::claim_round(const session_id& me, int wanted) {
    auto shares = shares_of(hot_, wanted);
    hot_.erase(hot_.begin(), hot_.begin() + static_cast<std::ptrdiff_t>(shares.size()));
    std::vector<part_id> asked;
    asked.reserve(shares.size());
    for (const auto& one : shares) {
        asked.push_back(one.part);
    }
    const auto entered = book_.enter(asked);
    std::erase_if(shares, [&](const part_share& one) {
        return std::find(entered.begin(), entered.end(), one.part) == entered.end();
    });
    for (auto& one : shares) {
        see_way(one);
    }
    if (shares.empty()) {
        return 0;
    }
    const auto begun_at = time_.now();
    doubtful<claimed> made;
    try {
        made = calls_.claim_from(me, shares);
        if (made.doubt &&
            !was_claimed(calls_, made, me, entered, book_, [this] { return trusted(); })) {
            throw sql_failure{*made.doubt};
        }
    } catch (const sql_failure&) {
        book_.leave(entered);
        hot_.clear();
        throw;
    }
    for (const auto part : made.answer.more) {
        hot_.push_back({part, true});
    }
    auto& claims = made.answer.claims;
    // Claims first, then leave: between the two the part must not look empty.
    const auto count = book_.add(std::move(claims));
    if (count > 0) {
        seeker_.note_claim(
            std::chrono::duration_cast<std::chrono::microseconds>(time_.now() - begun_at));
    }
    book_.leave(entered);
    return count;
}

bool runner::trusted() const {
    const auto held = book_.session();
    const auto seat = sessions_.current();
    return held && seat && seat->id == *held;
}

}  // namespace leasehold
