#pragma once

#include "parts/lease_keeper.hpp"
#include "session/session_keeper.hpp"
#include "worker/database_calls.hpp"
#include "worker/loop.hpp"

#include <atomic>
#include <memory>
#include <string>

namespace leasehold::membership {

/// What all seats of a run have met.
struct mishaps {
    std::atomic<std::int64_t> interrupted{0};  ///< calls that gave up, to be tried later
    std::atomic<std::int64_t> ended{0};        ///< sessions that ended against their will
};

/// One worker without items against a real server: the product's keepers, calls, loops and
/// connections.
class real_seat final : session_events, lease_user {
public:
    real_seat(const std::string& where, const queue_info& queue, mishaps& met);
    ~real_seat() override;
    real_seat(const real_seat&) = delete;
    real_seat& operator=(const real_seat&) = delete;

    void start();
    void leave();
    bool has_left() const { return leases_.has_left(); }
    /// Ends both threads as if the process had been stopped; close() as if it had been killed.
    void stop();
    void close();
    std::int64_t session_retries() const { return session_counters_.retries; }
    std::int64_t lease_retries() const { return lease_counters_.retries; }

private:
    void session_began(const session_id&) override { lease_loop_->wake(); }
    void session_ended(const session_id&, session_end) override;
    void session_evicted(const session_id&) override {}
    void granted(const session_id&, const std::vector<lease>&) override {}
    bool vacate(const session_id&, part_id) override { return true; }
    void resume(part_id) override {}
    void told(const queue_settings&) override {}

    mishaps& met_;
    transaction_counters session_counters_{};
    transaction_counters lease_counters_{};
    connection session_connection_;
    connection lease_connection_;
    session_database session_calls_;
    lease_database lease_calls_;
    session_keeper sessions_;
    lease_keeper leases_;
    // Last, so that they end first.
    std::unique_ptr<loop> session_loop_{};
    std::unique_ptr<loop> lease_loop_{};
};

}  // namespace leasehold::membership
