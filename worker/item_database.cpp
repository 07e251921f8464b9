#include "worker/item_database.hpp"

#include "items/help_store.hpp"
#include "sql/batch.hpp"

#include <exception>
#include <mutex>
#include <optional>
#include <utility>

namespace leasehold {

namespace {

/// Others help already, or work on the very items that wait: soon enough is the next round.
constexpr retry_limits help_limits{
    .attempts_max = 4, .first = milliseconds{2}, .longest = milliseconds{10}};

/// For what harms nobody if a crash of the server undoes it: not worth a wait for the disk.
constexpr const char* may_be_lost = "SET LOCAL synchronous_commit = off";

/// Ends a transaction that would leave a lease without a claim; never leaves this file.
class nothing_to_help_with : public std::exception {};

/// What `ask` answers; a COMMIT without an answer comes back as a doubt.
template <class Answer, class Ask>
doubtful<Answer> with_doubt(connection& on, Ask ask) {
    doubtful<Answer> made;
    try {
        on.open();
        made.sender = sender_name(on);
        made.answer = ask();
    } catch (const sql_failure& failure) {
        if (failure.kind() != sql_failure_kind::in_doubt) {
            throw;
        }
        made.doubt = failure;
    }
    return made;
}

}  // namespace

item_database::item_database(connection& on, transaction_counters& counters,
                             transaction_counters& helping, const queue_info& queue,
                             claim_gate& gate)
    : on_(on),
      counters_(counters),
      helping_(helping),
      queue_(queue),
      gate_(gate),
      doubts_(on, queue) {}

std::vector<part_head> item_database::due(const std::vector<part_id>& parts) {
    if (queue_.keyed) {
        return read_hint(on_, [&](transaction& tx) { return due_parts(tx, queue_, parts); });
    }
    const auto began = machine_clock().now();
    std::vector<scan_position> behind;
    for (const auto part : parts) {
        behind.push_back(scans_[part].begin(began));
    }
    auto heads =
        read_hint(on_, [&](transaction& tx) { return due_parts(tx, queue_, parts, behind); });
    const auto now = machine_clock().now();
    for (std::size_t i = 0; i < parts.size(); ++i) {
        scans_[parts[i]].looked(behind[i], began, now);
    }
    return heads;
}

doubtful<claimed> item_database::claim_from(const session_id& me,
                                            const std::vector<part_share>& asked) {
    std::vector<claim_wish> wishes;
    std::vector<statement> statements;
    const auto began = machine_clock().now();
    for (const auto& one : asked) {
        wishes.push_back({.session = me,
                          .part = one.part,
                          .claims_max = one.claims_max,
                          .from = walks_[one.part].from,
                          .behind = scans_[one.part].begin(began)});
        statements.push_back(claim_statement(queue_, wishes.back()));
    }
    return with_doubt<claimed>(on_, [&] {
        const auto answers = run_batch(on_, counters_, statements, [this] { return alone(); });
        claimed made;
        const auto now = machine_clock().now();
        for (std::size_t i = 0; i < wishes.size(); ++i) {
            const auto& wish = wishes[i];
            auto some = claims_in(answers[i], queue_, wish);
            scans_[wish.part].claimed(wish.behind, some.last,
                                      answers[i].size() == wish.claims_max, began, now);
            made.take(wish.part, walked_on(wish, std::move(some)));
        }
        return made;
    });
}

/// The next claim in the part goes on where this one stopped.
claimed_items item_database::walked_on(const claim_wish& wish, claimed_items some) {
    auto& walk = walks_[wish.part];
    if (!some.claims.empty()) {
        walk.came_round = false;
    }
    if (walk.from != item_id{} && some.go_on_at == item_id{}) {
        some.more = !walk.came_round;  // once more round, and then all was seen
        walk.came_round = true;
    }
    walk.from = some.go_on_at;
    return some;
}

doubtful<std::vector<ack_result>> item_database::acknowledge(
    std::span<const ack_request> requests) {
    const auto steps = ack_steps(queue_, requests);
    std::vector<statement> statements;
    statements.reserve(steps.size());
    for (const auto& step : steps) {
        statements.push_back(step.what);
    }
    return with_doubt<std::vector<ack_result>>(on_, [&] {
        const auto answers = run_batch(on_, counters_, statements, [this] { return alone(); });
        std::vector<ack_result> results(requests.size(), ack_result::lost);
        for (std::size_t i = 0; i < steps.size(); ++i) {
            note_acknowledged(steps[i], answers[i], requests, results);
        }
        return results;
    });
}

std::vector<claim> item_database::cancel_asked(std::span<const claim> held) {
    return read_hint(on_,
                     [&](transaction& tx) { return leasehold::cancel_asked(tx, queue_, held); });
}

std::vector<claim> item_database::held(const session_id& me, const std::vector<part_id>& parts) {
    return read_hint(on_, [&](transaction& tx) { return held_claims(tx, queue_, me, parts); });
}

std::vector<part_wait> item_database::waits(const std::vector<part_id>& parts) {
    return read_hint(on_, [&](transaction& tx) { return waits_in(tx, queue_, parts); });
}

void item_database::ask_for_help(const help_request& what) {
    const auto ask = [&](transaction& tx) {
        tx.run_script(may_be_lost);
        if (!what.withdrawn.empty()) {
            withdraw_help(tx, queue_, what.withdrawn);
        }
        if (!what.wanted.empty()) {
            leasehold::ask_for_help(tx, queue_, what.wanted);
        }
        if (what.tell) {
            tell_of_help(tx, queue_);
        }
    };
    run_transaction(on_, helping_, ask, help_limits);
}

std::vector<part_id> item_database::wanted_help(const session_id& me, int helpers_max) {
    return read_hint(on_, [&](transaction& tx) {
        return list_wanted_help(tx, queue_, me, helpers_max);
    });
}

doubtful<claimed> item_database::help(const help_round& round) {
    const claim_wish wish{.session = round.me,
                          .part = round.part,
                          .claims_max = round.wanted,
                          .as = lease_role::helper,
                          .from = walks_[round.part].from};
    const auto claim_some = [&](transaction& tx) -> std::optional<claimed_items> {
        tx.keep_until_end(alone());
        if (!round.has_lease && !take_help(tx, queue_, round.me, round.part, round.helpers_max)) {
            return std::nullopt;
        }
        auto some = claim_items(tx, queue_, wish);
        if (some.claims.empty()) {
            walked_on(wish, std::move(some));
            throw nothing_to_help_with{};
        }
        return some;
    };
    return with_doubt<claimed>(on_, [&] {
        claimed made;
        try {
            if (auto some = run_transaction(on_, helping_, claim_some, help_limits)) {
                made.claims = walked_on(wish, std::move(*some)).claims;
            }
        } catch (const nothing_to_help_with&) {
            // Rolled back: no lease without a claim.
        }
        return made;
    });
}

void item_database::end_help(const session_id& me, const std::vector<part_id>& parts) {
    run_transaction(on_, helping_, [&](transaction& tx) {
        tx.run_script(may_be_lost);
        leasehold::end_help(tx, queue_, me, parts);
    });
}

commit_fate item_database::fate(const std::string& sender, std::span<const claim> ending) {
    return doubts_.fate(sender, ending);
}

void item_database::wait(milliseconds time) { doubts_.wait(time); }

std::shared_ptr<void> item_database::alone() {
    return std::make_shared<std::scoped_lock<claim_gate>>(gate_);
}

}  // namespace leasehold
