#pragma once

#include "items/ack_rules.hpp"
#include "sql/transaction.hpp"

#include <leasehold/item.hpp>
#include <leasehold/worker.hpp>

#include <atomic>
#include <cstdint>

namespace leasehold {

/// What one worker did, counted from any of its threads.
class work_counters {
public:
    /// @param wish    what the handler asked for
    /// @param change  what it came to: a retry without attempts left is a burial
    void count(ack_result result, const outcome& wish, const row_change& change) noexcept;
    void count_lost() noexcept { ++lost_; }
    void count_session() noexcept { ++sessions_; }
    void count_helped(int claims) noexcept { helped_ += claims; }

    work_summary summary() const;

    transaction_counters items{};       ///< claims and acknowledgements
    transaction_counters membership{};  ///< sessions and leases
    transaction_counters helping{};     ///< claims in parts of others, and asking for such help

private:
    std::atomic<std::int64_t> completed_{0};
    std::atomic<std::int64_t> retried_{0};
    std::atomic<std::int64_t> snoozed_{0};
    std::atomic<std::int64_t> buried_{0};
    std::atomic<std::int64_t> released_{0};
    std::atomic<std::int64_t> cancelled_{0};
    std::atomic<std::int64_t> lost_{0};
    std::atomic<std::int64_t> unknown_{0};
    std::atomic<std::int64_t> sessions_{0};
    std::atomic<std::int64_t> helped_{0};
};

}  // namespace leasehold
