#pragma once

#include "sql/connection.hpp"
#include "sql/transaction.hpp"

#include <string>
#include <vector>

namespace leasehold {

/// Where a database's schema stands against this build.
struct schema_state {
    int installed{0};                    ///< newest migration that ran there; 0: none
    int known{0};                        ///< newest migration of this build
    std::vector<std::string> pending{};  ///< "0002 enqueue", oldest first
};

/// @throws sql_failure `refused` when a migration that ran there is not the one of this build
schema_state look_at_schema(connection& on);

/// Runs what is pending, each migration in a transaction of its own. Any number of processes may
/// call it at once: one works, the others wait and find nothing left.
/// @return what ran in this call
/// @throws sql_failure `refused` when the database is newer than this build
std::vector<std::string> migrate(connection& on, transaction_counters& counters);

/// For everyone but `migrate`: is the schema exactly what this build needs?
/// @throws sql_failure `refused`, saying what to run
void require_schema(connection& on);

}  // namespace leasehold
