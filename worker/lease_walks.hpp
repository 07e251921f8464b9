#pragma once

#include "items/claim_store.hpp"

#include <leasehold/time.hpp>

#include <map>
#include <optional>

namespace leasehold {

/// Where to go on in each part that is claimed from by the lease alone. Items before the place are
/// in hand or ended, and what is ended leaves entries in the index that somebody's old snapshot may
/// keep there; but new ones may come before it, so each part is begun anew now and then.
class lease_walks {
public:
    explicit lease_walks(const clock& time) : time_(time) {}

    /// What to ask of the part that `share` names.
    lease_wish next(const session_id& me, const part_share& share);
    /// What came of it.
    claimed_items walked(const lease_wish& wish, lease_claims made);

private:
    struct part_walk {
        epoch term{};
        std::optional<item_place> place{};  ///< none: from the beginning
        steady_time begun_at{};
    };

    const clock& time_;
    std::map<part_id, part_walk> walks_;
};

}  // namespace leasehold
