#pragma once

#include "sql/connection.hpp"

#include <leasehold/time.hpp>

#include <memory>
#include <string>
#include <vector>

namespace leasehold {

/// A connection that listens on one channel: to what others NOTIFY when they commit. For one thread
/// at a time, but for interrupt().
class notice_line {
public:
    /// @param channel  made of a checked queue name
    notice_line(dsn where, std::string channel, connect_options options);
    ~notice_line();
    notice_line(const notice_line&) = delete;
    notice_line& operator=(const notice_line&) = delete;

    /// Connects and listens; what was told before is never heard.
    /// @throws sql_failure `reconnect`, or `refused` where nobody can listen
    void open();
    void close() noexcept;

    /// What has been told since, in order; waits for it up to `patience`. While closed it only
    /// waits.
    /// @return  nothing when the patience is over, or at interrupt()
    /// @throws sql_failure `reconnect` when the connection is lost; it is closed then
    std::vector<std::string> wait(milliseconds patience);

    /// Ends the wait(), this one or the next. From any thread.
    void interrupt() const noexcept;

private:
    class ear;
    std::vector<std::string> heard();

    connection on_;
    std::string channel_;
    int interrupted_;  ///< an eventfd
    std::unique_ptr<ear> ear_;
};

}  // namespace leasehold
