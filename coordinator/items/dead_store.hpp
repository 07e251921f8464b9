#pragma once

#include "sql/transaction.hpp"

#include <leasehold/dead_items.hpp>

namespace leasehold {

/// As of <leasehold/dead_items.hpp>, in a transaction of ours.
std::vector<dead_item> list_dead(transaction& tx, const queue_info& queue, const dead_filter& which,
                                 std::int64_t count_max);
redriven redrive_dead(transaction& tx, const queue_info& queue, const dead_filter& which,
                      std::int64_t count_max, const redrive_cursor& from = {});
std::int64_t delete_dead(transaction& tx, const queue_info& queue, const dead_filter& which,
                         std::int64_t count_max);
cancel_result cancel_item(transaction& tx, const queue_info& queue, const item_id& id,
                          const std::string& reason);

}  // namespace leasehold
