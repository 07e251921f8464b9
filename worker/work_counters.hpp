#pragma once

#include "items/ack_rules.hpp"
#include "sql/transaction.hpp"

#include <leasehold/item.hpp>
#include <leasehold/worker.hpp>

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>

namespace leasehold {

/// What one worker did, counted from any of its threads.
class work_counters {
public:
    /// @param wish    what the handler asked for
    /// @param change  what it came to: a retry without attempts left is a burial
    void count(ack_result result, const outcome& wish, const row_change& change) noexcept;
    /// A handler's run in `part` came to its end.
    void count_work(part_id part) noexcept {
        ++work_by_part_[static_cast<std::size_t>(part.value) % work_by_part_.size()];
    }
    /// The runs that ended in `part` since the last call.
    std::int64_t take_work(part_id part) noexcept {
        return work_by_part_[static_cast<std::size_t>(part.value) % work_by_part_.size()].exchange(
            0);
    }
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
    std::array<std::atomic<std::int64_t>, 1'024> work_by_part_{};  ///< a queue has no more parts
};

}  // namespace leasehold
