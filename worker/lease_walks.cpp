#include "worker/lease_walks.hpp"

#include <utility>

namespace leasehold {

namespace {

/// So long may an urgent item wait behind those of a walk.
constexpr milliseconds walk_max{250};

}  // namespace

lease_wish lease_walks::next(const session_id& me, const part_share& share) {
    auto& walk = walks_[share.part];
    const auto now = time_.now();
    const auto term = share.by_lease.value();
    if (walk.term != term || now >= walk.begun_at + walk_max) {
        walk = {.term = term};
    }
    lease_wish wish{.session = me,
                    .part = share.part,
                    .term = term,
                    .base = share.base,
                    .items_max = share.claims_max};
    if (walk.place) {
        wish.behind = *walk.place;
    } else {
        walk.begun_at = now;
        wish.items_max += share.in_hand;  // they come first
    }
    return wish;
}

claimed_items lease_walks::walked(const lease_wish& wish, lease_claims made) {
    auto& walk = walks_[wish.part];
    const bool to_the_end = static_cast<int>(made.claims.size()) < wish.items_max;
    const bool from_the_beginning = wish.behind == item_place{};
    walk.place = to_the_end ? std::nullopt : std::optional{made.last};
    // Behind the place there is nothing more, but something may have come before it.
    return {.claims = std::move(made.claims), .more = !to_the_end || !from_the_beginning};
}

}  // namespace leasehold
