#pragma once

#include <leasehold/time.hpp>

#include <functional>
#include <optional>

namespace leasehold {

/// Takes away, now and then, what those who ended without a word left in the database. One thread
/// calls tick().
class trace_keeper {
public:
    /// @param forget_some  takes away some, and answers whether there may be more; throws
    ///                     sql_failure when the server gave no usable answer
    trace_keeper(std::function<bool()> forget_some, const clock& time)
        : forget_some_(std::move(forget_some)), time_(time) {}

    /// Does what is due.
    /// @return when to be called again
    /// @throws sql_failure call again after a wait
    steady_time tick();

private:
    std::function<bool()> forget_some_;
    const clock& time_;
    std::optional<steady_time> due_at_{};
};

}  // namespace leasehold
