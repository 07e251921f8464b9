#pragma once

#include "sql/transaction.hpp"

#include <leasehold/queue.hpp>

#include <string>
#include <vector>

namespace leasehold {

/// One rule of docs/guarantees.md that the database can show, and whether it does.
struct invariant_check {
    std::string name{};  ///< reads as a sentence
    bool ok{false};
    std::string detail{};  ///< what was looked at; when not ok, the first of what breaks the rule
};

/// Checks every rule for `queue`; for read_snapshot(). Right at any moment: a change half way
/// through, a session that just expired, a part between two owners break none of them.
/// Source: schema/queries/verify_*.sql
std::vector<invariant_check> verify_queue(transaction& tx, const queue_info& queue);

/// Do all of `checks` hold?
bool all_hold(const std::vector<invariant_check>& checks);

}  // namespace leasehold
