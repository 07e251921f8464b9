#pragma once

#include <leasehold/time.hpp>

#include <functional>
#include <optional>

namespace leasehold {

/// Takes away, now and then, what those who ended without a word left in the database. One thread
/// calls tick().
class trace_keeper {
public:
    /// @param forget_traces  takes away some, and answers whether there may be more; throws
    ///                       sql_failure when the server gave no usable answer
    /// @param interval       between two times, about
    trace_keeper(std::function<bool()> forget_traces, milliseconds interval, const clock& time)
        : forget_traces_(std::move(forget_traces)), interval_(interval), time_(time) {}

    /// Does what is due.
    /// @return when to be called again; at once while there is more
    /// @throws sql_failure nothing is due again for about an interval
    steady_time tick();

private:
    const std::function<bool()> forget_traces_;
    const milliseconds interval_;
    const clock& time_;
    std::optional<steady_time> due_at_{};
};

}  // namespace leasehold
