#pragma once

#include "sql/transaction.hpp"
#include "worker/loop.hpp"
#include "worker/trace_keeper.hpp"

#include <leasehold/time.hpp>

namespace leasehold {

/// A trace_keeper on a thread and a connection of its own: whether it gets anywhere or not, and
/// however long it takes, the work goes on.
class trace_sweep {
public:
    /// @param where  a server that does not keep track by itself (server_traits::keeps_track)
    trace_sweep(const dsn& where, const clock& time);

    void start() { loop_.start(); }
    /// Waits for a statement under way, five seconds at most.
    void stop() { loop_.stop(); }

    /// As connection::cut_when_silent(), of its own.
    bool cut_when_silent() noexcept { return on_.cut_when_silent(); }

private:
    steady_time turn();

    const clock& time_;
    connection on_;  ///< open during its turns alone
    transaction_counters counters_;
    trace_keeper keeper_;
    loop loop_;
};

}  // namespace leasehold
