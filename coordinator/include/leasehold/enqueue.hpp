#pragma once

/// @room items
/// Enqueueing inside a transaction of yours: the items exist exactly when your rows do.

#include <leasehold/item.hpp>
#include <leasehold/queue.hpp>

#include <span>
#include <vector>

namespace pqxx {
class transaction_base;
}

namespace leasehold {

/// Puts `items` into `queue` as part of `tx`; nothing is committed here. One statement for all.
///
/// @return their ids, in order
/// @throws std::invalid_argument naming the item and what is wrong with it; nothing was sent then
/// @throws pqxx::failure when the server refused or gave no usable answer
/// Source: schema/queries/item_insert.sql
std::vector<item_id> enqueue(pqxx::transaction_base& tx, const queue_info& queue,
                             std::span<const new_item> items);

}  // namespace leasehold
