#pragma once

#include "sql/transaction.hpp"

#include <leasehold/queue.hpp>

#include <string>

namespace leasehold {

/// What became of a wish to switch a queue's audit.
enum class audit_switch {
    switched,
    stood_so,  ///< it was so before; nothing was changed
};

/// From here on every change of an item of the queue is written down in leasehold.item_audit, in
/// the transaction that makes it. Part by part, each in a transaction that keeps writers out of
/// that part for a moment and writes down what lies in it, so workers may be at work. A call that
/// was cut off leaves the audit "starting"; the next call goes on from there.
/// @throws sql_failure `refused` when there is no such queue, or it is not ready, or its audit is
///         being switched off
audit_switch switch_audit_on(connection& on, transaction_counters& counters,
                             const std::string& name);

/// The reverse, in the same steps. What was written down stays, and tells where it ends.
audit_switch switch_audit_off(connection& on, transaction_counters& counters,
                              const std::string& name);

/// Empties the queue's audit. One that is on is on afterwards, and begins anew with what is there.
void clear_audit(connection& on, transaction_counters& counters, const std::string& name);

/// Takes the audit of a queue away that is being dropped.
void drop_audit(transaction& tx, const queue_info& queue);

}  // namespace leasehold
