#include "worker/item_database.hpp"

#include "items/due_store.hpp"
#include "items/help_store.hpp"
#include "sql/batch.hpp"

#include <algorithm>
#include <exception>
#include <map>
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

/// By the lease, what matters is asked of rows that are locked, so that it cannot be outdated; and
/// no claim writes anything that it could conflict with.
batch_level level_for(std::span<const ack_request> requests) {
    const auto by_lease = [](const ack_request& one) { return one.held.by_lease.has_value(); };
    return std::all_of(requests.begin(), requests.end(), by_lease) ? batch_level::read_committed
                                                                   : batch_level::serializable;
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

void item_database::came(const std::vector<part_id>& parts) { scans_.came(parts); }

std::vector<part_head> item_database::due(const std::vector<part_id>& parts) {
    if (queue_.keyed) {
        return read_hint(on_, [&](transaction& tx) { return due_parts(tx, queue_, parts); });
    }
    const auto began = machine_clock().now();
    const auto behind = scans_.begin(parts, began);
    auto heads =
        read_hint(on_, [&](transaction& tx) { return due_parts(tx, queue_, parts, behind); });
    scans_.looked(parts, behind, heads, began, machine_clock().now());
    return heads;
}

doubtful<claimed> item_database::claim_from(const session_id& me,
                                            const std::vector<part_share>& asked) {
    std::vector<part_share> on_rows;
    std::vector<part_share> by_lease;
    for (const auto& one : asked) {
        (one.by_lease ? by_lease : on_rows).push_back(one);
    }
    // First, since it may fail, and what is claimed on rows must not be forgotten for that. Taken
    // last, since the scans must not move on past what is forgotten because the rows' batch failed.
    claim_round leased;
    std::vector<rows> found;
    if (!by_lease.empty()) {
        leased = ask_for(me, by_lease);
        found = read_batch(on_, leased.statements);
        leased.answered = machine_clock().now();
    }
    doubtful<claimed> made;
    if (!on_rows.empty()) {
        auto asking = ask_for(me, on_rows);
        made = with_doubt<claimed>(on_, [&] {
            const auto answers =
                run_batch(on_, counters_, asking.statements, [this] { return alone(); });
            asking.answered = machine_clock().now();
            return take(asking, answers);
        });
    }
    if (!made.doubt) {
        made.answer.add(take(leased, found));
    }
    return made;
}

item_database::claim_round item_database::ask_for(const session_id& me,
                                                  const std::vector<part_share>& asked) {
    claim_round round{.began = machine_clock().now()};
    const auto retried = traits_of(queue_.dialect).retried_bytes;
    for (const auto& one : asked) {
        auto wish = scans_.wish(me, one, round.began);
        wish.from = walks_[one.part].from;
        if (retried && !one.by_lease) {
            wish.claims_max =
                std::min(wish.claims_max, claims_held_back(*retried, payload_bytes_, asked.size()));
        }
        round.statements.push_back(claim_statement(queue_, wish));
        round.wishes.push_back(wish);
    }
    return round;
}

claimed item_database::take(const claim_round& round, const std::vector<rows>& answers) {
    claimed made;
    for (std::size_t i = 0; i < round.wishes.size(); ++i) {
        const auto& wish = round.wishes[i];
        auto some = claims_in(answers[i], queue_, wish);
        for (const auto& claimed : some.claims) {
            payload_bytes_ = std::max(static_cast<std::int64_t>(claimed.held.payload.size()),
                                      payload_bytes_ - payload_bytes_ / 100);
        }
        if (!queue_.keyed) {
            some.more =
                scans_.claimed(wish, some.last, answers[i].size(), round.began, round.answered);
        }
        made.take(wish.part, walked_on(wish, std::move(some)));
    }
    return made;
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
        const auto answers = run_batch(
            on_, counters_, statements, [this] { return alone(); }, level_for(requests));
        std::vector<ack_result> results(requests.size(), ack_result::lost);
        for (std::size_t i = 0; i < steps.size(); ++i) {
            note_acknowledged(steps[i], answers[i], requests, results);
        }
        return results;
    });
}

std::vector<lease> item_database::claim_by_lease(const session_id& me,
                                                 const std::vector<part_id>& parts) {
    const auto in_doubt =
        read_hint(on_, [&](transaction& tx) { return parts_in_doubt(tx, queue_, parts); });
    auto clear = parts;
    std::erase_if(clear, [&](part_id part) {
        return std::find(in_doubt.begin(), in_doubt.end(), part) != in_doubt.end();
    });
    if (clear.empty()) {
        return {};
    }
    return run_locked(on_, counters_, [&](transaction& tx) {
        return leasehold::claim_by_lease(tx, queue_.name, me, clear);
    });
}

void item_database::claim_by_row(const session_id& me, const std::vector<part_id>& parts,
                                 std::span<const claim> in_hand) {
    std::map<part_id, std::vector<claim>> by_part;
    for (const auto& one : in_hand) {
        by_part[one.held.part].push_back(one);
    }
    run_locked(on_, counters_, [&](transaction& tx) {
        tx.keep_until_end(alone());
        leasehold::claim_by_row(tx, queue_.name, me, parts);
        for (const auto& [part, claims] : by_part) {
            write_down(tx, queue_, claims);
        }
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
        tx.set_where_known(may_be_lost);
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
    claim_wish wish{.session = round.me,
                    .part = round.part,
                    .claims_max = round.wanted,
                    .as = lease_role::helper,
                    .from = walks_[round.part].from};
    const auto claim_some = [&](transaction& tx) -> std::optional<claimed_items> {
        tx.keep_until_end(alone());
        if (!round.has_lease) {
            const auto base = take_help(tx, queue_, round.me, round.part, round.helpers_max);
            if (!base) {
                return std::nullopt;
            }
            helped_[round.part] = *base;
        }
        wish.base = helped_[round.part];
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
        tx.set_where_known(may_be_lost);
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
