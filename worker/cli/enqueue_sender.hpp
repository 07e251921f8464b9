#pragma once

#include "items/enqueue_store.hpp"
#include "sql/connection.hpp"
#include "sql/transaction.hpp"

#include <leasehold/item.hpp>
#include <leasehold/queue.hpp>

#include <cstddef>
#include <optional>
#include <span>
#include <stdexcept>
#include <string>
#include <vector>

namespace leasehold {

/// The server refuses an item that nothing here saw to be wrong.
class bad_item : public std::runtime_error {
public:
    /// @param place  in the batch, from 0
    bad_item(std::size_t place, const std::string& problem)
        : std::runtime_error(problem), place_(place) {}

    std::size_t place() const noexcept { return place_; }

private:
    std::size_t place_;
};

/// Sends batches of items, each in one transaction, and outlasts a server that is gone for a
/// moment.
class enqueue_sender {
public:
    enqueue_sender(connection& on, queue_info queue);

    /// Enqueues all of `batch` or nothing.
    /// @return for each item, in order, its id and whether it is new
    /// @throws bad_item naming the first item that the server refuses; nothing is enqueued then
    /// @throws sql_failure when the server stays out of reach or refuses for another reason;
    ///         nothing is enqueued then, unless it is of kind `in_doubt`
    std::vector<enqueued> send(std::span<const new_item> batch);

private:
    std::vector<placed_item> place(std::span<const new_item> batch);
    /// What was sent, for the question what became of it.
    struct sent_transaction {
        std::string id{};
        std::string timeline{};
    };
    bool is_enqueued(const sent_transaction& sent, const std::optional<item_id>& witness);
    void find_bad_item(std::span<const new_item> batch, const std::vector<placed_item>& placed,
                       const sql_failure& refusal);

    connection& on_;
    queue_info queue_;
    transaction_counters counters_{};
};

}  // namespace leasehold
