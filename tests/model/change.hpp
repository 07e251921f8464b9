#pragma once

#include "tests/model/world.hpp"

#include <leasehold/ids.hpp>

#include <cstdint>
#include <optional>
#include <variant>

namespace leasehold::model {

/// A change of the tables, for the ledger. One is written by each row that a statement changes.
/// `version` counts a row's changes: two transactions that change the same one are in conflict.
namespace change {
struct registered {
    session_id session;
    instant expires_at;
};
struct extended {
    session_id session;
    instant at;
    instant before;
    instant expires_at;
    std::int64_t version;
};
/// Before its time: its connection was closed.
struct expired {
    session_id session;
    instant at;
    std::int64_t version;
};
/// No plan counts with it any more: it leaves, is evicted or is about to be reaped.
struct departing {
    session_id session;
    std::int64_t version;
};
struct ended {
    session_id session;
    instant at;
    bool reaped;
    std::int64_t version;
};
/// The membership changed.
struct raised {
    int vacant_seats;  ///< that are kept at this moment
};
/// A seat waits for a restart, and a plan for the end of its grace.
struct seat_kept {};
struct weighed {};
struct planned {
    part_id part;
    std::optional<session_id> to;
};
struct plan_stands {
    std::int64_t before;  ///< the plan it was made from
    std::int64_t number;
};
struct taken {
    session_id session;
    part_id part;
    std::int64_t term;
    instant at;
};
struct given {
    session_id from;
    session_id to;
    part_id part;
    std::int64_t term;
    instant at;
    bool reaped;
};
struct let_go {
    session_id session;
    part_id part;
    std::int64_t term;
    instant at;
    bool reaped;
    instant looked_at;  ///< when the plan was looked at that led to it
};
struct claimed {
    item_id item;
    session_id session;
    token fence;
};
/// Both ends of a claim that was nowhere, by the acknowledgement.
struct claimed_by_lease {
    item_id item;
    session_id session;
    token fence;
    part_id part;
    std::int64_t term;  ///< of the lease that it names
};
/// How claims are made in a part, or what is in doubt there.
struct way_changed {
    part_id part;
    std::int64_t version;
};
struct freed {
    item_id item;
    session_id session;
};
struct acknowledged {
    item_id item;
    session_id named;
    token named_fence;  ///< by the statement
    std::optional<session_id> held;
    token held_fence;  ///< by the row, before
    bool row_goes;
};
struct buried {
    item_id item;
};
struct effect {
    item_id item;
};
}  // namespace change

using any_change =
    std::variant<change::registered, change::extended, change::expired, change::departing,
                 change::ended, change::raised, change::seat_kept, change::weighed, change::planned,
                 change::plan_stands, change::taken, change::given, change::let_go, change::claimed,
                 change::claimed_by_lease, change::way_changed, change::freed, change::acknowledged,
                 change::buried, change::effect>;

}  // namespace leasehold::model
