#include "worker/item_database.hpp"

#include <mutex>

namespace leasehold {

namespace {

/// Runs `body`, which leaves what the transaction came to in its argument; a COMMIT without an
/// answer comes back as a doubt.
template <class Answer, class Body>
doubtful<Answer> with_doubt(connection& on, transaction_counters& counters, Body body) {
    doubtful<Answer> made;
    try {
        run_transaction(on, counters, [&](transaction& tx) { body(tx, made); });
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
                             const queue_info& queue, claim_gate& gate)
    : on_(on), counters_(counters), queue_(queue), gate_(gate), doubts_(on, queue) {}

std::vector<part_head> item_database::due(const std::vector<part_id>& parts) {
    return read_snapshot(on_, [&](transaction& tx) { return due_parts(tx, queue_, parts); });
}

doubtful<claimed> item_database::claim_from(const session_id& me, const std::vector<part_id>& parts,
                                            int wanted) {
    return with_doubt<claimed>(on_, counters_, [&](transaction& tx, doubtful<claimed>& made) {
        tx.keep_until_end(alone());
        made.transaction.clear();
        made.answer = claim_in_turn(parts, wanted, [&](part_id part, int claims_max) {
            auto& walk = walks_[part];
            auto some = claim_items(tx, queue_, me, part, claims_max, walk.from);
            if (!some.claims.empty()) {
                walk.came_round = false;
                made.transaction = some.transaction;
            }
            if (walk.from != item_id{} && some.go_on_at == item_id{}) {
                some.more = !walk.came_round;  // once more round, and then all was seen
                walk.came_round = true;
            }
            walk.from = some.go_on_at;
            return some;
        });
    });
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

commit_fate item_database::fate(const std::string& transaction, std::span<const claim> ending) {
    return doubts_.fate(transaction, ending);
}

void item_database::wait(milliseconds time) { doubts_.wait(time); }

std::shared_ptr<void> item_database::alone() {
    return std::make_shared<std::scoped_lock<claim_gate>>(gate_);
}

}  // namespace leasehold
