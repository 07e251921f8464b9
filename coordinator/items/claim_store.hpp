#pragma once

#include "items/ack_rules.hpp"
#include "items/claim_rules.hpp"
#include "sql/transaction.hpp"

#include <leasehold/item.hpp>
#include <leasehold/queue.hpp>

#include <span>
#include <string>
#include <vector>

namespace leasehold {

/// Which of `parts` have a due item. A hint, for read_snapshot().
/// Source: schema/queries/item_due.sql
std::vector<part_head> due_parts(transaction& tx, const queue_info& queue,
                                 const std::vector<part_id>& parts);

/// Claims up to `claims_max` due items of one part for `session`, which must hold its lease.
/// @return the claims, most urgent first; to be acted on only after COMMIT
/// @throws sql_failure 23503 when the session holds no lease on `part`
/// Source: schema/queries/item_claim.sql
std::vector<claim> claim_items(transaction& tx, const queue_info& queue, const session_id& session,
                               part_id part, int claims_max);

/// One acknowledgement to be made.
struct ack_request {
    claim held;
    row_change change;
};

/// Ends claims, in as few statements as parts and kinds allow.
/// @return for each request, in order, `acknowledged` (once the transaction commits) or `lost`
/// Source: schema/queries/item_complete.sql, item_return.sql, item_bury.sql
std::vector<ack_result> acknowledge(transaction& tx, const queue_info& queue,
                                    std::span<const ack_request> requests);

/// Takes up to `claims_max` claims in `part` away from `ended`, a session that is over; items
/// without an attempt left are buried. `why` becomes their last error.
/// @return how many were freed or buried; fewer than `claims_max`: none is left
/// Source: schema/queries/item_bury_spent.sql, item_free.sql
int free_claims(transaction& tx, const queue_info& queue, const session_id& ended, part_id part,
                int claims_max, const std::string& why);

/// Is anything ready or claimed anywhere? Source: schema/queries/item_any_open.sql
bool any_open(transaction& tx, const queue_info& queue);

}  // namespace leasehold
