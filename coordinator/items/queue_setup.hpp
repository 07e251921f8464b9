#pragma once

#include "parts/queue_store.hpp"
#include "sql/transaction.hpp"

#include <leasehold/queue.hpp>

#include <string>

namespace leasehold {

/// What became of a wish to create a queue.
enum class queue_creation {
    created,
    existed,  ///< with the same part count; nothing was changed
};

/// Makes the queue and its tables, some parts a transaction, so that any part count fits into the
/// server's lock table. A call that was cut off leaves the queue in state "creating"; the next call
/// goes on from there.
/// @throws std::invalid_argument for a name or a number out of range
/// @throws sql_failure `refused` when a queue of that name has another part count, is keyed where
///         this one is not or the other way round, or is being dropped
queue_creation create_queue(connection& on, transaction_counters& counters,
                            const queue_spec& wanted);

/// Changes the attempt limit of items to come, and how long retries wait. Workers that are at work
/// go by the new waits from their next start on.
/// @throws std::invalid_argument for a number out of range
/// @throws sql_failure `refused` when there is no such queue, or its waits would contradict
void change_queue(connection& on, transaction_counters& counters, const std::string& name,
                  const queue_policy& wanted);

/// Takes the queue away with all its items, in the same bounded steps. Safe to call again.
/// @throws sql_failure `refused` when there is no such queue, or sessions are at work in it
void drop_queue(connection& on, transaction_counters& counters, const std::string& name);

}  // namespace leasehold
