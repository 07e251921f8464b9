#pragma once

#include "items/ack_rules.hpp"
#include "items/claim_rules.hpp"
#include "items/scan_rules.hpp"
#include "parts/lease_store.hpp"
#include "sql/transaction.hpp"

#include <leasehold/item.hpp>
#include <leasehold/queue.hpp>

#include <optional>
#include <span>
#include <string>
#include <vector>

namespace leasehold {

/// How many items of each of `parts` are due, up to `most`. A hint, for read_hint().
/// Source: schema/queries/item_backlog.sql
std::vector<part_backlog> backlogs_of(transaction& tx, const queue_info& queue,
                                      const std::vector<part_id>& parts, std::int64_t most);

/// What a part gave.
struct claimed_items {
    std::vector<claim> claims{};  ///< most urgent first; to be acted on only after COMMIT
    bool more{false};             ///< there may be more
    item_id go_on_at{};           ///< of a keyed queue: where to look next
    scan_position last{};         ///< of any other: the least urgent claimed; behind it comes more
};

/// The statement that claims due items as `wish` says. In a keyed queue of each key the first,
/// unless one is claimed; and it looks at a limited number of keys, some for each claim wanted.
/// The server refuses it with 23503 when the session holds no lease on the part.
/// Source: schema/queries/item_claim.sql, item_claim_by_lease.sql, item_claim_keyed.sql,
/// item_help.sql, item_help_keyed.sql
statement claim_statement(const queue_info& queue, const claim_wish& wish);
/// What it answered.
claimed_items claims_in(const rows& answered, const queue_info& queue, const claim_wish& wish);

/// Both in one. @throws sql_failure
claimed_items claim_items(transaction& tx, const queue_info& queue, const claim_wish& wish);

/// All that `session` holds in `parts`. Source: schema/queries/item_held.sql
std::vector<claim> held_claims(transaction& tx, const queue_info& queue, const session_id& session,
                               const std::vector<part_id>& parts);

/// One acknowledgement to be made.
struct ack_request {
    claim held;
    row_change change;
};

/// A statement that ends several claims: of one session, in one part, in the same way.
struct ack_step {
    statement what{};
    std::vector<std::size_t> requests{};  ///< by their places
};

/// Writes claims by the lease alone on their rows, so that others may claim beside them.
/// @param held  all of `session`, in one part
/// Source: schema/queries/item_write_down.sql
void write_down(transaction& tx, const queue_info& queue, std::span<const claim> held);

/// In which of `parts` may an owner who is gone have had something in hand that is still there?
/// A hint, for read_hint(). Source: schema/queries/item_in_doubt.sql
std::vector<part_id> parts_in_doubt(transaction& tx, const queue_info& queue,
                                    const std::vector<part_id>& parts);

/// How to end claims, in as few statements as parts and kinds allow.
/// Source: schema/queries/item_complete.sql, item_return.sql, item_bury.sql, and the same by_lease
std::vector<ack_step> ack_steps(const queue_info& queue, std::span<const ack_request> requests);

/// Notes in `results` which of its requests `step` acknowledged, by what it answered.
void note_acknowledged(const ack_step& step, const rows& answered,
                       std::span<const ack_request> requests, std::vector<ack_result>& results);

/// All of these.
/// @return for each request, in order, `acknowledged` (once the transaction commits) or `lost`
std::vector<ack_result> acknowledge(transaction& tx, const queue_info& queue,
                                    std::span<const ack_request> requests);

/// Notes how far the handler of `held` is. Source: schema/queries/item_progress.sql
claim_standing note_progress(transaction& tx, const queue_info& queue, const claim& held,
                             const progress& far);

/// Which of `held` are still held by that very claim: asked after an acknowledgement whose
/// transaction the server knows nothing of. Source: schema/queries/item_still_held.sql
std::vector<claim> still_held(transaction& tx, const queue_info& queue,
                              std::span<const claim> held);

/// Which of `held` somebody has asked to cancel. A hint, for read_hint().
/// Source: schema/queries/item_cancel_asked.sql
std::vector<claim> cancel_asked(transaction& tx, const queue_info& queue,
                                std::span<const claim> held);

/// Takes up to `claims_max` claims in `part` away from `ended`, a session that is over; items
/// without an attempt left are buried. `why` becomes their last error.
/// @return how many were freed or buried; fewer than `claims_max`: none is left
/// Source: schema/queries/item_bury_spent.sql, item_free.sql
int free_claims(transaction& tx, const queue_info& queue, const session_id& ended, part_id part,
                int claims_max, const std::string& why);

/// Is anything ready or claimed anywhere? Source: schema/queries/item_any_open.sql
bool any_open(transaction& tx, const queue_info& queue);

}  // namespace leasehold
