#pragma once

#include "sql/dialect.hpp"
#include "sql/dsn.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>

namespace leasehold {

/// One connection, for one thread at a time. Opened at first use and, after a loss, only by a new
/// call of open(): libpqxx 6 would otherwise reconnect by itself and lose what was set.
class connection {
public:
    struct link;  ///< the libpqxx side of it; seen by the sql room only

    explicit connection(dsn where, connect_options options = {});
    ~connection();
    connection(const connection&) = delete;
    connection& operator=(const connection&) = delete;

    /// Connects when not connected, checks the server and sets the time-outs.
    /// @throws sql_failure `reconnect` when the server is out of reach, `refused` when it is too
    ///         old or does not grant SERIALIZABLE
    void open();
    void close() noexcept;
    bool is_open() const noexcept { return link_ != nullptr; }

    link& opened();

    /// What kind of server this is. Opens the connection when nobody has yet.
    /// @throws sql_failure as open()
    sql_dialect dialect();

    /// The key of what this connection holds while it is open and nobody else takes; a new one each
    /// time it is opened. On PostgreSQL an advisory lock: who finds it free knows that the
    /// connection is closed. On CockroachDB a row without which no transaction of this connection
    /// commits: who has deleted it knows that nothing comes any more.
    /// Source: schema/queries/guard_take.sql, connection_ended.sql
    /// @return  nothing unless it is to hold one, and on CockroachDB before anybody migrated
    std::optional<std::int64_t> guard() const noexcept;

    /// How often it has been opened: while that stays, it is one and the same connection.
    std::int64_t times_opened() const noexcept { return times_opened_; }

    /// Has the server closed this connection, while nothing is asked of it? Its owner would not
    /// know before its next statement. From any thread.
    bool peer_closed() noexcept;

    /// Cuts a connection that has waited for one answer for longer than the server may take for it
    /// (statement_timeout) and the network may be silent: its peer is alive, and says nothing. The
    /// call that waits fails as with any lost connection. From any thread.
    /// @return whether it was cut; never without a statement_timeout
    bool cut_when_silent() noexcept;

    /// Cuts it, whoever waits for an answer. From any thread.
    /// @return false when it is not open
    bool cut() noexcept;

    /// As the server shows it: application_name.
    const std::string& name() const noexcept { return options_.application_name; }

private:
    bool cut_link() noexcept;

    dsn where_;
    connect_options options_;
    std::mutex replacing_;  ///< `link_` itself, between its owner and who watches it
    std::unique_ptr<link> link_;
    std::int64_t times_opened_{0};
    std::optional<sql_dialect> dialect_{};  ///< of the server that was met last
};

}  // namespace leasehold
