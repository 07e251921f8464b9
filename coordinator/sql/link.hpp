#pragma once

#include "sql/connection.hpp"
#include "sql/dialect.hpp"
#include "sql/sql_failure.hpp"
#include "sql/statement.hpp"

#include <leasehold/time.hpp>

#include <libpq-fe.h>
#include <pqxx/pqxx>

#include <atomic>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

namespace leasehold {

#if PQXX_VERSION_MAJOR < 7
/// libpqxx 6 shows the libpq connection that it opens to nobody but the policy which opens it.
class noted_connect final : public pqxx::connect_direct {
public:
    using connect_direct::connect_direct;
    handle do_startconnect(handle before) override {
        return last() = connect_direct::do_startconnect(before);
    }
    /// The one that this thread opened last.
    static handle& last() {
        thread_local handle opened = nullptr;
        return opened;
    }
};
using pqxx_session = pqxx::basic_connection_base<noted_connect>;
#else
using pqxx_session = pqxx::connection;
#endif

/// Prepared statements that one connection keeps of each kind; each costs the server kilobytes.
inline constexpr std::size_t prepared_max = 512;

/// Statement text to the name it was prepared under.
using prepared_names = std::unordered_map<std::string, std::string>;

/// One connection to a server, known to libpqxx and, beneath it, to libpq.
struct connection::link {
    /// @throws pqxx::broken_connection
    explicit link(const std::string& conninfo);
#if PQXX_VERSION_MAJOR >= 7
    explicit link(PGconn* made);
#endif

    pqxx_session session;
    PGconn* const wire;  ///< that of `session`: for what libpqxx does not offer, between its uses
    const int socket;    ///< of `session` from its beginning, for other threads
    const sql_dialect dialect;
    std::optional<std::int64_t> guard{};
    prepared_names prepared{};          ///< by libpqxx
    prepared_names prepared_on_wire{};  ///< beneath it
    /// Since when an answer is awaited, on the steady clock; 0: none is.
    std::atomic<steady_time::rep> asked_at{0};

    /// Runs `ask`, which waits for an answer of the server.
    template <class Ask>
    auto watched(Ask ask) {
        struct until_answered {
            std::atomic<steady_time::rep>& since;
            ~until_answered() { since = 0; }
        };
        asked_at = machine_clock().now().time_since_epoch().count();
        const until_answered now{asked_at};
        return ask();
    }
};

/// What a transaction on `link` begins with, so that it cannot commit once somebody has found out
/// that the connection is over.
/// @return nothing on PostgreSQL, where a lock sees to that, and without a guard
/// Source: schema/queries/guard_stands.cockroach.sql
std::optional<statement> guard_statement(const connection::link& link);

/// `failure` of that statement, or what it means: connect again.
sql_failure guard_gone(const sql_failure& failure);

}  // namespace leasehold
