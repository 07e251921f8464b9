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

/// Runs what is pending. Any number of processes may call it at once: each migration is done when
/// it returns, and is recorded by one of them. On PostgreSQL a migration is a transaction for which
/// the others wait. On CockroachDB each of its statements is by itself, several processes may run
/// the same, and whoever was killed halfway leaves the rest to the next call.
/// @return what this call recorded
/// @throws sql_failure `refused` when the database is newer than this build
std::vector<std::string> migrate(connection& on, transaction_counters& counters);

/// For everyone but `migrate`: is the schema exactly what this build needs?
/// @throws sql_failure `refused`, saying what to run
void require_schema(connection& on);

}  // namespace leasehold
