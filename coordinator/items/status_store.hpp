#pragma once

#include "items/skew_rules.hpp"
#include "session/session_store.hpp"
#include "sql/transaction.hpp"

#include <leasehold/ids.hpp>
#include <leasehold/queue.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace leasehold {

/// Items, by what is to become of them.
struct item_counts {
    std::int64_t ready{0};      ///< due and unclaimed
    std::int64_t scheduled{0};  ///< due later
    std::int64_t claimed{0};
    std::optional<milliseconds> oldest_ready_age{};  ///< since it was due; none: nothing is ready
};

/// One part: who owns it and what lies in it.
struct part_status {
    part_id part{};
    epoch last_term{};  ///< of its owner, or of its last one
    std::optional<session_id> owner{};
    std::optional<session_id> planned_for{};
    std::vector<session_id> helpers{};  ///< by id
    item_counts items{};

    /// On its way: it is to have another owner, or none, or it has none and is to have one.
    bool is_moving() const { return owner != planned_for; }
};

/// One session: its row, and what it holds.
struct session_status {
    session_row row{};
    int part_count{0};
    std::int64_t claimed{0};
    int helping{0};  ///< parts of others that it helps in

    /// "live", "leaving", "evicted" or "expired".
    std::string state() const { return row.live ? row.state : "expired"; }
};

/// How the plan stands.
struct plan_status {
    std::int64_t number{0};
    std::optional<milliseconds> next{};  ///< until the next is due; none: not before a change
    bool is_due{false};  ///< there are sessions, and it does not count with them all
};

/// A whole queue at one instant.
struct queue_status {
    queue_info queue{};
    std::vector<session_status> sessions{};  ///< by id
    std::vector<part_status> parts{};        ///< one for each part, in order
    item_counts items{};                     ///< of all parts
    std::int64_t dead{0};
    int unowned_parts{0};
    int moving_parts{0};
    plan_status plan{};
    std::optional<item_skew> skew{};  ///< none: nothing is ready
};

/// Reads everything about `queue`, its items counted one by one; for read_snapshot().
/// Source: schema/queries/session_list.sql, lease_list.sql, part_epochs.sql, item_counts.sql,
///         item_claims_by_session.sql, dead_count.sql, lease_helping.sql, plan_state.sql
queue_status read_status(transaction& tx, const queue_info& queue);

}  // namespace leasehold
