#pragma once

#include <exception>
#include <stdexcept>
#include <string>
#include <string_view>

namespace leasehold {

/// A failure of the database, sorted by what the caller may do next.
enum class sql_failure_kind {
    retry,      ///< rolled back by the server: run the whole body again (40001, 40P01, …)
    reconnect,  ///< connection lost before COMMIT was sent: nothing happened
    in_doubt,   ///< COMMIT was sent, no answer came: look before doing anything
    refused,    ///< wrong statement, bad data or missing migration: stop and say so
};

std::string_view to_text(sql_failure_kind kind) noexcept;

class sql_failure : public std::runtime_error {
public:
    sql_failure(sql_failure_kind kind, std::string sqlstate, const std::string& message)
        : std::runtime_error(message), kind_(kind), sqlstate_(std::move(sqlstate)) {}

    sql_failure_kind kind() const noexcept { return kind_; }
    /// Five characters; empty when the server sent none.
    const std::string& sqlstate() const noexcept { return sqlstate_; }

private:
    sql_failure_kind kind_;
    std::string sqlstate_;
};

/// Where in a transaction a failure came up.
enum class sql_stage { connecting, body, commit };

/// What `sqlstate` at `stage` lets the caller do. Pure.
/// Source: PostgreSQL's errcodes appendix; CockroachDB's transaction retry error reference.
sql_failure_kind kind_of(std::string_view sqlstate, sql_stage stage) noexcept;

/// Is a schema or a table of ours missing? Then nobody ever migrated.
bool is_unmigrated(const sql_failure& failure) noexcept;

/// What the server said, at `stage`; one line.
sql_failure server_failure(const std::string& sqlstate, const std::string& message,
                           sql_stage stage);

/// What this library itself does not do, and why: throws a sql_failure without a sqlstate.
[[noreturn]] void refuse(const std::string& message);

/// The exception of libpqxx (or any other) as a sql_failure; one line, no connection string.
/// Non-database exceptions come back as `refused` with an empty sqlstate.
sql_failure classified(const std::exception& error, sql_stage stage);

/// Is `error` from libpqxx? The caller lets other people's exceptions through untouched.
bool is_database_error(const std::exception& error) noexcept;

}  // namespace leasehold
