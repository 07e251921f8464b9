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

/// Why an item with a key does not go into `queue`.
std::string not_keyed_problem(const queue_info& queue);

/// Where an item goes. Asked once, a batch is the same items however often it is sent.
struct placed_item {
    item_id id{};
    bool may_recur{false};  ///< the id may have been used before: its tokens begin above those
};

/// Gives each item its id.
/// @throws std::invalid_argument naming the item and what is wrong with it; nothing was sent then
/// Source: schema/queries/item_ids.sql, asked only when an item has a key or a dedupe key
std::vector<placed_item> place_items(transaction& tx, const queue_info& queue,
                                     std::span<const new_item> items);

/// From so many items on, COPY takes less time than a statement with arrays, in spite of its round
/// trips: see docs/decisions/0017.
inline constexpr std::size_t copied_min = 500;

/// As enqueue(), of items that place_items() has given their ids.
std::vector<enqueued> insert_items(transaction& tx, const queue_info& queue,
                                   std::span<const new_item> items,
                                   const std::vector<placed_item>& placed);

/// Is the item there? Asked after an enqueue whose COMMIT got no answer.
/// Source: schema/queries/item_exists.sql
bool item_exists(transaction& tx, const queue_info& queue, const item_id& id);

}  // namespace leasehold
