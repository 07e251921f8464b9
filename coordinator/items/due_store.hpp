#pragma once

#include "items/claim_rules.hpp"
#include "items/scan_rules.hpp"
#include "sql/transaction.hpp"

#include <leasehold/queue.hpp>

#include <vector>

namespace leasehold {

/// Which of `parts` have a due item. A hint, for read_hint().
/// @param behind  for each part where to begin; empty: at the top
/// Source: schema/queries/item_due.sql, item_firsts.sql
std::vector<part_head> due_parts(transaction& tx, const queue_info& queue,
                                 const std::vector<part_id>& parts,
                                 std::vector<scan_position> behind = {});

}  // namespace leasehold
