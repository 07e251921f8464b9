#pragma once

#include "session/session_keeper.hpp"
#include "worker/acknowledger.hpp"
#include "worker/claim_book.hpp"
#include "worker/claim_gate.hpp"
#include "worker/work_counters.hpp"

#include <leasehold/handler.hpp>
#include <leasehold/queue.hpp>
#include <leasehold/work_events.hpp>

#include <functional>
#include <memory>
#include <mutex>
#include <vector>

namespace leasehold {

/// Runs handlers, each on the thread that calls work_off(), with a connection of that thread's own
/// for those whose rows commit with the acknowledgement.
class slot_runner {
public:
    slot_runner(dsn where, const queue_info& queue, handler handle, claim_book& book,
                claim_gate& gate, const session_keeper& sessions, work_counters& counters,
                work_events& events, const clock& time);

    /// Runs claims one after another until none is waiting or all slots are taken.
    /// @param on_outcome  called after each, when there is something to acknowledge or to claim
    void work_off(const std::function<void()>& on_outcome);

private:
    void run_one(run& one);
    outcome run_external(const external_handler& work, const run& one) const;
    void run_transactional(const transactional_handler& work, run& one);
    void run_recording(const recording_handler& work, run& one);
    void acknowledge_inside(run& one, const std::function<outcome(transaction&)>& effects);
    void acknowledge_patiently(connection& own, run& one,
                               const std::function<outcome(transaction&)>& effects);
    void report(run& one, const outcome& wish, const ack_report& what);
    void end_outside(run& one, outcome wish);
    bool is_trusted(const run& one) const;
    outcome failed(const run& one, const std::exception& error) const;

    std::unique_ptr<connection> borrow();
    void give_back(std::unique_ptr<connection> used);

    const dsn where_;
    const queue_info& queue_;
    const handler handle_;
    claim_book& book_;
    claim_gate& gate_;
    const session_keeper& sessions_;
    work_counters& counters_;
    work_events& events_;
    const clock& time_;

    std::mutex idle_mutex_;
    std::vector<std::unique_ptr<connection>> idle_;
};

}  // namespace leasehold
