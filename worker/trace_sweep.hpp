#pragma once

#include "sql/commit_fate.hpp"
#include "worker/loop.hpp"
#include "worker/trace_keeper.hpp"

#include <leasehold/time.hpp>

#include <atomic>
#include <string>

namespace leasehold {

/// Takes old traces away on a thread and a connection of its own: whether it gets anywhere or not,
/// and however long it takes, the work goes on. The tables are looked after one by one, since it
/// may have the right to one of them alone.
class trace_sweep {
public:
    /// @param where     a server that does not keep track by itself (server_traits::keeps_track)
    /// @param interval  between two sweeps of a table, about
    trace_sweep(const dsn& where, milliseconds interval, const clock& time);

    void start() { loop_.start(); }

    /// Nothing is begun any more; cuts what waits for an answer. From any thread.
    void request_stop() noexcept;
    /// As request_stop(), and waits until that has come to its end.
    void stop();

    /// Whoever has waited too long: see connection::cut_when_silent(). From any thread.
    void cut_when_silent() noexcept { on_.cut_when_silent(); }

private:
    struct table {
        table(trace_sweep& sweep, trace what, milliseconds interval, const clock& time);
        trace_keeper keeper;
        std::string from{traces_gone{}.last};
    };
    bool forget_some(trace what, std::string& from);
    steady_time turn();
    milliseconds say_why(const std::exception& error);

    const clock& time_;
    connection on_;  ///< open during its turns alone
    transaction_counters counters_;
    table commits_;
    table guards_;
    std::atomic<bool> stopping_{false};
    loop loop_;
};

}  // namespace leasehold
