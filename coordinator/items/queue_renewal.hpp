#pragma once

#include "sql/transaction.hpp"

#include <string>
#include <vector>

namespace leasehold {

/// Gives the tables of queues that an earlier version made the form of new ones, some parts a
/// transaction. Workers may be at work: they wait for one part at a time, at the end a moment for
/// all of them. A call that was cut off is finished by the next one. Queues that grow are left
/// alone: they get new tables.
/// @return the names of those that were renewed
std::vector<std::string> renew_queues(connection& on, transaction_counters& counters);

}  // namespace leasehold
