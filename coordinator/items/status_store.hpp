#pragma once

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
    item_counts items{};
};

/// One session: its row, and what it holds.
struct session_status {
    session_row row{};
    int part_count{0};
    std::int64_t claimed{0};

    /// "live", "leaving" or "expired".
    std::string state() const { return row.live ? row.state : "expired"; }
};

/// A whole queue at one instant.
struct queue_status {
    queue_info queue{};
    std::vector<session_status> sessions{};  ///< by id
    std::vector<part_status> parts{};        ///< one for each part, in order
    item_counts items{};                     ///< of all parts
    std::int64_t dead{0};
    int unowned_parts{0};
};

/// Reads everything about `queue`, its items counted one by one; for read_snapshot().
/// Source: schema/queries/session_list.sql, lease_list.sql, part_epochs.sql, item_counts.sql,
///         item_claims_by_session.sql, dead_count.sql
queue_status read_status(transaction& tx, const queue_info& queue);

}  // namespace leasehold
