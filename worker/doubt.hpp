#pragma once

#include "sql/commit_fate.hpp"
#include "sql/connection.hpp"

#include <functional>
#include <string>

namespace leasehold {

/// Finds out what became of a transaction whose COMMIT got no answer: asks again while the server
/// is away, and while its old process is still at work on it.
///
/// @param id            of transaction_id(), asked within that transaction
/// @param worth_asking  false ends the asking: the session is over, so its claims are freed anyway
/// @return `committed` or `rolled_back`; `unknown` when nobody could say
commit_fate resolved_fate(connection& on, const std::string& id,
                          const std::function<bool()>& worth_asking);

}  // namespace leasehold
