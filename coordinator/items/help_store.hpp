#pragma once

#include "items/help_rules.hpp"
#include "sql/transaction.hpp"

#include <leasehold/queue.hpp>

#include <vector>

namespace leasehold {

/// How long due items wait in `parts`; parts without any are left out. A hint, for read_hint().
/// Source: schema/queries/help_due.sql
std::vector<part_wait> waits_in(transaction& tx, const queue_info& queue,
                                const std::vector<part_id>& parts);

/// Where help is wanted and `me` may give it, because fewer than `helpers_max` do, the longest
/// waiting first. A hint, for read_hint().
/// Source: schema/queries/help_list.sql
std::vector<part_id> list_wanted_help(transaction& tx, const queue_info& queue,
                                      const session_id& me, int helpers_max);

/// Asks for help in `parts`, or says that it is still wanted there: for 2 s more.
/// Source: schema/queries/help_ask.sql
void ask_for_help(transaction& tx, const queue_info& queue, const std::vector<part_id>& parts);

/// Help is no longer wanted in `parts`. Source: schema/queries/help_withdraw.sql
void withdraw_help(transaction& tx, const queue_info& queue, const std::vector<part_id>& parts);

/// Idle sessions hear of it once `tx` commits, where notices get through.
/// Source: schema/queries/help_tell.sql
void tell_of_help(transaction& tx, const queue_info& queue);

/// Lets `me` claim in `part` beside its owner.
/// @return what tokens there are above; none when it may not: others help already, the owner claims
///         by its lease, it holds the part itself, or it is no live session
/// Source: schema/queries/help_take.sql
std::optional<token> take_help(transaction& tx, const queue_info& queue, const session_id& me,
                               part_id part, int helpers_max);

/// `me` helps no more in `parts`.
/// @throws sql_failure 23503 when it still has a claim there
/// Source: schema/queries/help_end.sql
void end_help(transaction& tx, const queue_info& queue, const session_id& me,
              const std::vector<part_id>& parts);

}  // namespace leasehold
