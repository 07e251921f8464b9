#pragma once

#include "sql/dsn.hpp"

#include <cstddef>
#include <memory>
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

private:
    dsn where_;
    connect_options options_;
    std::unique_ptr<link> link_;
};

}  // namespace leasehold
