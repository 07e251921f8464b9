#pragma once

#include "parts/replan_rules.hpp"
#include "sql/transaction.hpp"

#include <optional>
#include <string>

namespace leasehold {

/// What is recorded about the plan of `queue`, if a new one is due; other planners are locked out
/// until the end of the transaction. Source: schema/queries/plan_ground_queue.sql
std::optional<plan_record> due_plan(transaction& tx, const std::string& queue);

/// The same whether or not one is due, and nobody is locked out: to show what would come.
/// @return nothing when there is no such queue
std::optional<plan_record> recorded_plan(transaction& tx, const std::string& queue);

/// A new plan is due at once, whatever has changed; the sessions are told.
/// Source: schema/queries/generation_raise.sql
void ask_for_plan(transaction& tx, const std::string& queue);

/// Writes the plan that follows `record`, and tells all sessions.
/// Source: schema/queries/plan_write_parts.sql, plan_write_queue.sql
void write_plan(transaction& tx, const std::string& queue, const plan_record& record,
                const plan_changes& changes);

}  // namespace leasehold
