#pragma once

/// @room items
/// Items that will not run: looking at the dead ones, giving them another life, deleting them, and
/// cancelling the living. Each inside a transaction of yours.

#include <leasehold/ids.hpp>
#include <leasehold/queue.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace pqxx {
class transaction_base;
}

namespace leasehold {

/// Which dead items are meant; what is left out lets every one through.
struct dead_filter {
    std::vector<item_id> ids{};           ///< none: any
    std::optional<std::string> reason{};  ///< "spent", "buried" or "cancelled"
    std::optional<std::string> error{};   ///< text that is part of the last error
    std::optional<std::string> key{};     ///< the ordering key
    std::optional<std::string> since{};   ///< died at this time or later; as SQL reads it
    std::optional<std::string> before{};  ///< died before this time; as SQL reads it
};

/// An item that was given up. Times as the server writes them.
struct dead_item {
    item_id id{};
    std::string died_at{};
    std::string reason{};  ///< "spent": no attempt was left; "buried": by its handler; "cancelled"
    int attempt{0};        ///< attempts made
    int max_attempts{0};
    std::optional<std::string> key{};
    std::optional<std::string> dedupe{};
    int priority{0};
    part_id part{};
    std::string created_at{};
    token fence{};  ///< of its last claim
    std::optional<std::string> last_error{};
    std::optional<std::string> errors{};  ///< JSON: the last ten, [{attempt, at, error}]
    std::optional<int> percent{};         ///< how far its handler said it was
    std::optional<std::string> note{};
    std::string payload{};  ///< JSON text
};

/// The dead items of `queue` that `which` lets through, the latest first, `count_max` at most.
/// @throws pqxx::failure when the server gave no usable answer
/// Source: schema/queries/dead_list.sql
std::vector<dead_item> list_dead(pqxx::transaction_base& tx, const queue_info& queue,
                                 const dead_filter& which, std::int64_t count_max);

/// Where a redrive goes on.
struct redrive_cursor {
    std::string died_at{"-infinity"};
    item_id id{};
};

/// One step of redriving.
struct redriven {
    std::int64_t count{0};    ///< put back
    std::int64_t pending{0};  ///< stay dead: an item with the same id or dedupe key is pending
    std::optional<redrive_cursor> go_on{};  ///< none: all were looked at
};

/// Puts up to `count_max` dead items back into their queue, due now, with all attempts ahead. Their
/// tokens go on rising: no claim from before can end the new run.
/// @throws pqxx::failure when the server gave no usable answer
/// Source: schema/queries/dead_redrive.sql
redriven redrive_dead(pqxx::transaction_base& tx, const queue_info& queue, const dead_filter& which,
                      std::int64_t count_max, const redrive_cursor& from = {});

/// Deletes up to `count_max` dead items for good, the longest dead first.
/// @return how many; fewer than `count_max`: none is left
/// @throws pqxx::failure when the server gave no usable answer
/// Source: schema/queries/dead_delete.sql
std::int64_t delete_dead(pqxx::transaction_base& tx, const queue_info& queue,
                         const dead_filter& which, std::int64_t count_max);

/// What cancelling came to.
enum class [[nodiscard]] cancel_result{
    cancelled,  ///< it was not claimed: it is a dead item now
    asked,    ///< it is claimed: its handler is told to stop within about a second, and if it does
              ///< not come to its end the item is ended as cancelled; it runs no other time. What a
              ///< transactional handler has not committed by then is rolled back.
    missing,  ///< done, dead, or never there
};

/// Cancels the item `id`, whether it waits or runs.
/// @param reason  kept as its last error when it is not claimed
/// @throws pqxx::failure when the server gave no usable answer
/// Source: schema/queries/item_cancel_ready.sql, item_cancel_claimed.sql
cancel_result cancel_item(pqxx::transaction_base& tx, const queue_info& queue, const item_id& id,
                          const std::string& reason);

}  // namespace leasehold
