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

/// Puts `items` into `queue` as part of `tx`; nothing is committed here. One statement for all that
/// have neither key nor dedupe key, two or three when some have. Of 500 or more, those without a
/// dedupe key go by COPY.
///
/// Of transactions that do not overlap, the items of one key are in order; within one transaction
/// they are in the order of `items`. A second item with a pending one's dedupe key waits until the
/// transaction that ends or enqueues the first is over.
///
/// @return for each, in order, its id and whether it is new
/// @throws std::invalid_argument naming the item and what is wrong with it; nothing was sent then
/// @throws pqxx::failure when the server refused or gave no usable answer
/// Source: schema/queries/item_ids.sql, item_insert.sql, item_insert_once.sql,
///         item_copy_ground.sql
std::vector<enqueued> enqueue(pqxx::transaction_base& tx, const queue_info& queue,
                              std::span<const new_item> items);

}  // namespace leasehold
