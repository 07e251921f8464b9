#pragma once

#include "sql/transaction.hpp"

#include <leasehold/queue.hpp>

#include <string>

namespace leasehold {

/// A queue to be made.
struct queue_spec {
    std::string name{};
    int part_count{64};    ///< 1 to 1024, for the queue's whole life
    int max_attempts{25};  ///< 1 to 1000, of items that bring no limit of their own
};

/// What became of a wish to create a queue.
enum class queue_creation {
    created,
    existed,  ///< with the same part count; nothing was changed
};

/// Makes the queue and its tables, some parts a transaction, so that any part count fits into the
/// server's lock table. A call that was cut off leaves the queue in state "creating"; the next call
/// goes on from there.
/// @throws std::invalid_argument for a name or a number out of range
/// @throws sql_failure `refused` when a queue of that name has another part count or is being
///         dropped
queue_creation create_queue(connection& on, transaction_counters& counters,
                            const queue_spec& wanted);

/// Takes the queue away with all its items, in the same bounded steps. Safe to call again.
/// @throws sql_failure `refused` when there is no such queue, or sessions are at work in it
void drop_queue(connection& on, transaction_counters& counters, const std::string& name);

}  // namespace leasehold
