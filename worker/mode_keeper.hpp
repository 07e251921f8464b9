#pragma once

#include "parts/queue_store.hpp"
#include "sql/sql_failure.hpp"
#include "worker/claim_book.hpp"
#include "worker/claim_ways.hpp"
#include "worker/item_calls.hpp"

#include <leasehold/time.hpp>

#include <cstdint>
#include <vector>

namespace leasehold {

/// Sees to it that claims in this worker's own parts are where the queue wants them: by the lease
/// alone once nothing stands against it (an item that an owner who is gone may have had in hand;
/// somebody who helps), on rows before others are asked for help. On the runner's thread.
class mode_keeper {
public:
    mode_keeper(item_calls& calls, const queue_settings& settings, claim_book& book,
                claim_ways& ways, const clock& time)
        : calls_(calls), settings_(settings), book_(book), ways_(ways), time_(time) {}

    /// Does what is due. To be called before each claim: while it throws, what the database holds
    /// claims in a part to be may not be known, and nothing may be claimed.
    /// @param helped  parts that are to stay as they are: help is wanted there
    /// @return when to be called again, at the latest
    /// @throws sql_failure when the server gave no usable answer
    steady_time tick(const session_id& me, const std::vector<part_id>& helped);

    /// Claims in `parts` are on rows from now on; what is in hand there is written down.
    /// @return false when they were already
    /// @throws sql_failure when that is not so, or not known: tick() tries again
    bool use_rows(const session_id& me, const std::vector<part_id>& parts);

private:
    void use_leases(const session_id& me, const std::vector<part_id>& parts);
    void write_down(const session_id& me, const std::vector<part_id>& parts);
    void note_unsure(const sql_failure& failure, const std::vector<part_id>& parts);
    /// Parts whose way of claiming is not known are claimed in on rows from now on. The lock on a
    /// part makes this wait for a COMMIT that is still on its way.
    void settle(const session_id& me);

    item_calls& calls_;
    const queue_settings& settings_;
    claim_book& book_;
    claim_ways& ways_;
    const clock& time_;

    std::uint64_t changes_seen_ = 0;
    steady_time look_at_{};
    std::vector<part_id> unsure_{};  ///< a change of them got no answer
};

}  // namespace leasehold
