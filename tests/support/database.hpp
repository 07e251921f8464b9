#pragma once

#include "parts/queue_store.hpp"
#include "sql/connection.hpp"

#include <leasehold/queue.hpp>

#include <pqxx/pqxx>

#include <memory>
#include <string>
#include <string_view>

namespace leasehold::test {

/// A migrated database of a test's own on the server of LEASEHOLD_DSN. Dropped at the end, whoever
/// is still connected. Most tests look behind the library in PostgreSQL's words; on a CockroachDB
/// they are skipped as soon as it does not know one.
class fresh_database {
public:
    enum class contents { none, schema };

    /// @throws std::runtime_error when LEASEHOLD_DSN is not set: a test without its server has
    ///         failed
    explicit fresh_database(contents wanted = contents::schema);
    ~fresh_database();
    fresh_database(const fresh_database&) = delete;
    fresh_database& operator=(const fresh_database&) = delete;

    bool is_on_cockroach() const noexcept { return on_cockroach_; }

    /// Skips the test when the server is a CockroachDB.
    /// @param what  about which the test is, and which is not there, or not so
    void needs_postgres(const std::string& what) const;

    /// The connection string of this database.
    const std::string& dsn() const noexcept { return dsn_; }
    const std::string& name() const noexcept { return name_; }

    /// A connection as the program's own; opened at its first use.
    connection connect(connect_options options = {}) const;

    /// Creates a queue that is ready for use.
    queue_info make_queue(const queue_spec& wanted) const;
    queue_info make_queue(const std::string& queue, int parts) const {
        return make_queue(queue_spec{.name = queue, .part_count = parts});
    }

    /// Enqueues `count` items with numbers as payloads and random ids.
    void put(const std::string& queue, int count);

    /// Runs one statement by itself, as superuser, always on the same session: what is SET stays
    /// set. Skips the test when the server is a CockroachDB that has no such statement, function,
    /// type, system catalog or function of ours.
    /// @throws pqxx::failure
    pqxx::result sql(const std::string& text);
    /// How many rows there are in `from`, which may go on with WHERE.
    int count(const std::string& from);

    /// Ends the connections to this database that satisfy `which`, a condition on
    /// pg_stat_activity, but never the test's own; they are gone when it returns. The server is
    /// everybody's: a test that looked for a name alone would cut its neighbour's, too.
    /// @return how many
    int cut(const std::string& which);

private:
    pqxx::result run(pqxx::connection& session, const std::string& text) const;

    std::string name_;
    std::string dsn_;
    bool on_cockroach_{false};
    std::unique_ptr<pqxx::connection> server_;   ///< the database that LEASEHOLD_DSN names
    std::unique_ptr<pqxx::connection> session_;  ///< this database
};

/// For tests of what is not there on CockroachDB, or not so.
class postgres_database : public fresh_database {
public:
    explicit postgres_database(const std::string& what, contents wanted = contents::schema)
        : fresh_database(wanted) {
        needs_postgres(what);
    }
};

/// The connection string `text` with another value for `keyword`.
std::string dsn_with(const std::string& text, std::string_view keyword, const std::string& value);

}  // namespace leasehold::test
