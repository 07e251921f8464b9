#pragma once

#include "items/claim_store.hpp"
#include "worker/doubt.hpp"

#include <functional>
#include <span>
#include <vector>

namespace leasehold {

/// What one transaction claimed.
struct claimed {
    std::vector<claim> claims{};
    std::vector<part_id> more{};       ///< may have more
    std::vector<part_id> untouched{};  ///< were not asked: there was enough before
};

/// Asks `parts` one after another until `wanted` items are claimed.
/// @param claim_some  claims up to so many items of one part
claimed claim_in_turn(const std::vector<part_id>& parts, int wanted,
                      const std::function<claimed_items(part_id, int)>& claim_some);

/// What the runner needs of the database, and no more. Blocking; throws sql_failure.
class item_calls : public doubt_calls {
public:
    /// Which of `parts` have a due item. A hint.
    virtual std::vector<part_head> due(const std::vector<part_id>& parts) = 0;

    /// Claims up to `wanted` items of `parts` in one transaction. With a doubt but without claims
    /// there is nothing to clear up, and no transaction to ask for.
    virtual doubtful<claimed> claim_from(const session_id& me, const std::vector<part_id>& parts,
                                         int wanted) = 0;

    /// Which of `held` somebody has asked to cancel. A hint.
    virtual std::vector<claim> cancel_asked(std::span<const claim> held) = 0;

    /// Which of `held` are held by that very claim.
    virtual std::vector<claim> still_held(std::span<const claim> held) = 0;

    /// Acknowledges all of `requests` in one transaction.
    virtual doubtful<std::vector<ack_result>> acknowledge(
        std::span<const ack_request> requests) = 0;
};

}  // namespace leasehold
