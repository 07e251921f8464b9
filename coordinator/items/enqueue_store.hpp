#pragma once

#include "sql/transaction.hpp"

#include <leasehold/enqueue.hpp>

#include <span>
#include <string>
#include <vector>

namespace leasehold {

/// @return why `one` cannot be enqueued, with the remedy; empty when nothing is seen to be wrong.
///         Whether the payload is JSON is for the server to say.
std::string new_item_problem(const new_item& one);

/// As enqueue(), on a transaction of ours.
std::vector<item_id> insert_items(transaction& tx, const queue_info& queue,
                                  std::span<const new_item> items);

/// Is the item there? Asked after an enqueue whose COMMIT got no answer.
/// Source: schema/queries/item_exists.sql
bool item_exists(transaction& tx, const queue_info& queue, const item_id& id);

}  // namespace leasehold
