#pragma once

#include "sql/transaction.hpp"

#include <functional>
#include <string>

namespace leasehold {

/// The tables of one queue's items, to be made or dropped.
struct table_spec {
    std::string queue{};
    std::string prefix{"items"};  ///< items, or, while the queue grows, grown and stale
    int part_count{0};
    bool keyed{false};
    int max_attempts{0};

    /// The table of all items, as it is called in the schema.
    std::string name() const { return prefix + "_" + queue; }
};

/// Runs a statement of schema/queue: {queue}, {items}, {parts}, {max_attempts}, {keyed} and {part}
/// are put in.
void ddl(transaction& tx, const statement_text& statement, const table_spec& tables, int part = 0);

/// Calls `each` for the numbers from 0 up to `count`, 64 a transaction at most: each table takes
/// some ten locks, and the server's table of locks has room for max_locks_per_transaction (64)
/// times its connections.
void in_ddl_steps(connection& on, transaction_counters& counters, int count,
                  const std::function<void(transaction&, int)>& each, int a_transaction = 64);

/// For what rests on functions and triggers.
/// @param what  as in "the audit of a queue"
/// @throws sql_failure `refused` on any other server
void require_functions(connection& on, const std::string& what);

/// Makes the table of all items and its indexes, without parts.
void make_items_table(transaction& tx, const table_spec& tables);

/// Drops a table that a growth of a queue made, or put away, with its parts: a few at a time, so
/// that claims hardly wait. Nothing when it is not there.
/// @param table  its name within the schema
void drop_tables(connection& on, transaction_counters& counters, const std::string& table);

}  // namespace leasehold
