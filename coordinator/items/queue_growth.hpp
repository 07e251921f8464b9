#pragma once

#include "sql/transaction.hpp"

#include <leasehold/time.hpp>

#include <cstdint>
#include <functional>
#include <string>

namespace leasehold {

/// How far a growth is, for whoever watches it.
struct growth_progress {
    enum class stage { make, wait, move, clean };
    stage now{stage::make};
    std::int64_t done{0};  ///< parts; of `wait`: leases that are still held
    std::int64_t of{0};    ///< parts; of `wait`: sessions that hold them
};

/// What the caller does meanwhile.
struct growth_surroundings {
    std::function<void(const growth_progress&)> told{};
    /// Called again and again while sessions let go of their parts: to make the plan that gives
    /// them none, and to end sessions that are expired, in case that nobody else is there.
    std::function<void()> while_waiting{};
    milliseconds patience{120'000};  ///< with sessions that do not let go
};

/// What came of it.
struct growth {
    int parts_before{0};
    int parts{0};
    bool was_done{false};         ///< an earlier call had done it but for the clearing up
    std::int64_t moved{0};        ///< items
    milliseconds nobody_works{};  ///< from the time when the sessions were told to let go
    milliseconds nobody_adds{};   ///< while the items were moved
};

/// Splits each part of the queue into `factor` parts; ids keep their place. Workers let go of
/// their parts, and take up new ones when it is done; whoever enqueues meanwhile waits. Until the
/// one transaction that puts the new tables in the place of the old ones nothing has happened. A
/// call that was cut off is finished by the next one.
/// @param on, beside  two connections to the same database: one keeps others out while the other
///                    copies; with time for statements that read and write whole parts
/// @param factor      2 to 64
/// @throws std::invalid_argument for another factor
/// @throws sql_failure `refused` when there is no such queue, or it may not grow so far, or is
///         audited, or sessions do not let go of their parts; it goes on as it was then
growth grow_queue(connection& on, connection& beside, transaction_counters& counters,
                  const std::string& name, int factor, const growth_surroundings& around);

}  // namespace leasehold
