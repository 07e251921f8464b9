#pragma once

#include "sql/transaction.hpp"

#include <optional>
#include <string>
#include <vector>

/// What of a database belongs to the benches: the schema leasehold_bench, and the queues that a
/// table in it names.

namespace leasehold::bench {

/// Asks for the lock that one bench at a time holds, for as long as the connection lasts.
bool take_run_lock(transaction& tx);

/// Who holds it: server process and start of its connection. None: nobody, any more.
std::optional<std::string> run_lock_holder(transaction& tx);

enum class ground_state {
    none,
    left_behind,  ///< made by a bench
    foreign,      ///< somebody else has a schema of that name
};
ground_state look_at_ground(transaction& tx);

/// Has the role the right?
bool may_make_ground(transaction& tx);
void make_ground(transaction& tx);
void drop_ground(transaction& tx);

/// Before the queue is made, so that it is found again whatever happens.
void note_queue(transaction& tx, const std::string& queue);
std::vector<std::string> noted_queues(transaction& tx);

}  // namespace leasehold::bench
