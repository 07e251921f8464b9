#include "worker/item_database.hpp"

#include "items/help_store.hpp"

#include <exception>
#include <mutex>

namespace leasehold {

namespace {

/// Others help already, or work on the very items that wait: soon enough is the next round.
constexpr retry_limits help_limits{
    .attempts_max = 4, .first = milliseconds{2}, .longest = milliseconds{10}};

/// For what harms nobody if a crash of the server undoes it: not worth a wait for the disk.
constexpr const char* may_be_lost = "SET LOCAL synchronous_commit = off";

/// Ends a transaction that would leave a lease without a claim; never leaves this file.
class nothing_to_help_with : public std::exception {};

/// Runs `body`, which leaves what the transaction came to in its argument; a COMMIT without an
/// answer comes back as a doubt.
template <class Answer, class Body>
doubtful<Answer> with_doubt(connection& on, transaction_counters& counters, Body body,
                            const retry_limits& limits = {}) {
    doubtful<Answer> made;
    try {
        run_transaction(
            on, counters, [&](transaction& tx) { body(tx, made); }, limits);
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
    return read_snapshot(on_, [&](transaction& tx) { return due_parts(tx, queue_, parts); });
}

doubtful<claimed> item_database::claim_from(const session_id& me, const std::vector<part_id>& parts,
                                            int wanted) {
    return with_doubt<claimed>(on_, counters_, [&](transaction& tx, doubtful<claimed>& made) {
        tx.keep_until_end(alone());
        made.transaction.clear();
        made.answer = claim_in_turn(parts, wanted, [&](part_id part, int claims_max) {
            auto some = claim_on(tx, me, part, claims_max, lease_role::owner);
            if (!some.claims.empty()) {
                made.transaction = some.transaction;
            }
            return some;
        });
    });
}

/// Goes on where the last claim in `part` stopped.
claimed_items item_database::claim_on(transaction& tx, const session_id& me, part_id part,
                                      int claims_max, lease_role as) {
    auto& walk = walks_[part];
    auto some = claim_items(tx, queue_, me, part, claims_max, walk.from, as);
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
    using results = std::vector<ack_result>;
    return with_doubt<results>(on_, counters_, [&](transaction& tx, doubtful<results>& made) {
        tx.keep_until_end(alone());
        made.answer = leasehold::acknowledge(tx, queue_, requests);
        made.transaction = transaction_id(tx);
    });
}

std::vector<claim> item_database::cancel_asked(std::span<const claim> held) {
    return read_snapshot(on_, [&](transaction& tx) {
        return leasehold::cancel_asked(tx, queue_, held);
    });
}

std::vector<claim> item_database::still_held(std::span<const claim> held) {
    return read_snapshot(on_,
                         [&](transaction& tx) { return leasehold::still_held(tx, queue_, held); });
}

std::vector<part_wait> item_database::waits(const std::vector<part_id>& parts) {
    return read_snapshot(on_, [&](transaction& tx) { return waits_in(tx, queue_, parts); });
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
    return read_snapshot(on_, [&](transaction& tx) {
        return list_wanted_help(tx, queue_, me, helpers_max);
    });
}

doubtful<claimed> item_database::help(const help_round& round) {
    const auto claim_some = [&](transaction& tx, doubtful<claimed>& made) {
        made = {};
        tx.keep_until_end(alone());
        if (!round.has_lease && !take_help(tx, queue_, round.me, round.part, round.helpers_max)) {
            return;
        }
        auto some = claim_on(tx, round.me, round.part, round.wanted, lease_role::helper);
        if (some.claims.empty()) {
            throw nothing_to_help_with{};
        }
        made.answer.claims = std::move(some.claims);
        made.transaction = some.transaction;
    };
    try {
        return with_doubt<claimed>(on_, helping_, claim_some, help_limits);
    } catch (const nothing_to_help_with&) {
        return {};
    }
}

void item_database::end_help(const session_id& me, const std::vector<part_id>& parts) {
    run_transaction(on_, helping_, [&](transaction& tx) {
        tx.run_script(may_be_lost);
        leasehold::end_help(tx, queue_, me, parts);
    });
}

commit_fate item_database::fate(const std::string& transaction, std::span<const claim> ending) {
    return doubts_.fate(transaction, ending);
}

void item_database::wait(milliseconds time) { doubts_.wait(time); }

std::shared_ptr<void> item_database::alone() {
    return std::make_shared<std::scoped_lock<claim_gate>>(gate_);
}

}  // namespace leasehold
