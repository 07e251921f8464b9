#pragma once

#include "items/claim_store.hpp"
#include "items/enqueue_store.hpp"
#include "parts/lease_store.hpp"
#include "parts/plan_store.hpp"
#include "session/session_store.hpp"
#include "tests/support/database.hpp"

#include <numeric>
#include <string>
#include <vector>

namespace leasehold::test {

/// The parts first .. last.
inline std::vector<part_id> parts_from(int first, int last) {
    std::vector<part_id> parts;
    for (int part = first; part <= last; ++part) {
        parts.push_back({part});
    }
    return parts;
}

/// Enqueues as enqueue() does, in a transaction of ours.
inline std::vector<enqueued> put_items(transaction& tx, const queue_info& queue,
                                       const std::vector<new_item>& items) {
    return insert_items(tx, queue, items, place_items(tx, queue, items));
}

/// Plans `parts` for `session`, whatever the strategy says.
inline void plan_for(transaction& tx, const std::string& queue, const session_id& session,
                     const std::vector<part_id>& parts) {
    plan_changes changes{.seats = 1};
    for (const auto part : parts) {
        changes.parts.push_back({.part = part, .to = session, .why = "plan"});
    }
    write_plan(tx, queue, *recorded_plan(tx, queue), changes);
}

/// Plans `parts` for `session`, which takes those that nobody owns.
inline std::vector<lease> take_planned(transaction& tx, const std::string& queue,
                                       const session_id& session,
                                       const std::vector<part_id>& parts) {
    plan_for(tx, queue, session, parts);
    return take_leases(tx, queue, session, parts);
}

/// A session that a test drives by hand, on a connection of its own.
class hand_driven {
public:
    template <class Body>
    auto transact(Body body) {
        return run_transaction(on_, counters_, body);
    }

    hand_driven(const fresh_database& database, queue_info queue)
        : on_(database.connect()), queue_(std::move(queue)) {
        transact([&](transaction& tx) {
            register_session(tx, queue_.name, id_,
                             {.name = "test", .host = "host", .pid = 1, .version = "0"}, {});
        });
    }

    /// Plans `parts` for this session, and takes those that nobody owns.
    std::vector<lease> take(const std::vector<part_id>& parts) {
        return transact([&](transaction& tx) { return take_planned(tx, queue_.name, id_, parts); });
    }
    claimed_items some_from(part_id part, int count, const item_id& from = {}) {
        return transact([&](transaction& tx) {
            return claim_items(tx, queue_, {id_, part, count, lease_role::owner, from});
        });
    }
    std::vector<claim> claim_from(part_id part, int count) { return some_from(part, count).claims; }
    ack_result end(const claim& held, const row_change& change = row_done{}) {
        const std::vector<ack_request> one{{held, change}};
        return transact([&](transaction& tx) { return acknowledge(tx, queue_, one).front(); });
    }
    std::vector<enqueued> put(const std::vector<new_item>& items) {
        return transact([&](transaction& tx) { return put_items(tx, queue_, items); });
    }

    const session_id& id() const { return id_; }
    const queue_info& queue() const { return queue_; }
    const transaction_counters& counters() const { return counters_; }
    connection& on() { return on_; }

private:
    connection on_;
    queue_info queue_;
    transaction_counters counters_;
    session_id id_{random_session_id()};
};

}  // namespace leasehold::test
