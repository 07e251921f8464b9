// Claims by the lease alone: the statements *_by_lease, and the ways of claiming in parts.

#include "tests/model/tables.hpp"

#include <algorithm>
#include <tuple>
#include <utility>

namespace leasehold::model {

namespace {

/// As leasehold.first_token() leaves room for the claims of one item.
constexpr int first_token_shift = 20;

token shown_to(const claim& held) {
    return {std::max(held.by_lease->seen, held.by_lease->base).value + 1};
}

}  // namespace

bool tables::owns_in(const session_id& id, part_id part, epoch term) const {
    const auto* owner = owner_of(part);
    return owner != nullptr && owner->id == id && owner->term == term.value;
}

std::vector<part_id> tables::item_in_doubt(const std::vector<part_id>& parts) const {
    std::vector<part_id> found;
    std::copy_if(parts.begin(), parts.end(), std::back_inserter(found), [&](part_id part) {
        const auto before = at_part(part).doubt_before;
        return before && std::any_of(items_.begin(), items_.end(), [&](const item_line& one) {
                   return one.part == part && !one.claim && one.run_at <= *before &&
                          one.created_at <= *before;
               });
    });
    return found;
}

std::vector<lease> tables::part_by_lease(const session_id& id, const std::vector<part_id>& parts) {
    std::vector<lease> leases;
    for (const auto part : parts) {
        const bool helped =
            std::any_of(leases_.begin(), leases_.end(), [part](const lease_line& one) {
                return one.part == part && one.role == lease_role::helper;
            });
        if (!owns(id, part) || helped) {
            continue;
        }
        auto& row = at_part(part);
        row.by_lease = true;
        row.doubt_before.reset();
        changes_.emplace_back(change::way_changed{part, ++row.way_version});
        leases.push_back({part, {row.term}, {.by_lease = true, .base = {row.token_base}}});
    }
    return leases;
}

/// The lock on the part makes it a change in any case: whoever comes to the part later waits.
void tables::part_by_row(const session_id& id, const std::vector<part_id>& parts) {
    for (const auto part : parts) {
        if (owns(id, part)) {
            auto& row = at_part(part);
            row.by_lease = false;
            changes_.emplace_back(change::way_changed{part, ++row.way_version});
        }
    }
}

void tables::part_doubt(part_id part, instant at) {
    auto& row = at_part(part);
    if (row.by_lease) {
        row.by_lease = false;
        row.doubt_before = at;
        if (mutation_ != mutation::doubt_raises_no_tokens) {
            row.token_base = ++item_order_ << first_token_shift;
        }
        changes_.emplace_back(change::way_changed{part, ++row.way_version});
    }
}

claimed_items tables::item_claim_by_lease(const claim_wish& wish, instant at) const {
    claimed_items made;
    made.last = wish.behind;
    if (!owns_in(wish.session, wish.part, *wish.by_lease)) {
        return made;
    }
    std::vector<std::pair<scan_position, const item_line*>> due;
    for (const auto& one : items_) {
        const auto place = place_of(one);
        const bool goes_on = wish.behind != scan_position{} && !wish.any_priority;
        if (goes_on && one.priority != wish.behind.priority) {
            continue;  // see item_go_on_by_lease
        }
        if (one.part == wish.part && !one.claim && one.run_at <= at && place > wish.behind) {
            due.emplace_back(place, &one);
        }
    }
    std::sort(due.begin(), due.end());
    due.resize(std::min(due.size(), static_cast<std::size_t>(wish.claims_max)));
    for (const auto& [place, row] : due) {
        claim one{.session = wish.session,
                  .by_lease =
                      lease_claim{.term = *wish.by_lease, .seen = row->fence, .base = wish.base}};
        one.held = {.id = row->id,
                    .part = row->part,
                    .priority = row->priority,
                    .run_at_us = row->run_at,
                    .attempt = row->attempt + 1,
                    .max_attempts = row->max_attempts};
        one.fence = shown_to(one);
        one.cancel_asked = row->cancel_asked;
        made.claims.push_back(std::move(one));
        made.last = place;
    }
    return made;
}

bool tables::is_seen_still(const item_line& row, const claim& named) const {
    const bool leased = owns_in(named.session, named.held.part, named.by_lease->term) ||
                        mutation_ == mutation::acknowledge_by_lease_without_lease;
    return leased && (row.claim ? row.claim == named.session && row.fence == shown_to(named)
                                : row.fence == named.by_lease->seen);
}

void tables::item_write_down(std::span<const claim> held) {
    for (const auto& one : held) {
        const auto row = std::find_if(items_.begin(), items_.end(), [&](const item_line& item) {
            return item.id == one.held.id && !item.claim;
        });
        if (row != items_.end() && is_seen_still(*row, one)) {
            row->claim = one.session;
            row->fence = shown_to(one);
            ++row->attempt;
            changes_.emplace_back(change::claimed{row->id, one.session, row->fence});
        }
    }
}

ack_result tables::end_by_lease(item_line& row, const ack_request& one, instant at) {
    if (!is_seen_still(row, one.held)) {
        return ack_result::lost;
    }
    if (!row.claim) {
        row.claim = one.held.session;
        row.fence = shown_to(one.held);
        ++row.attempt;
        changes_.emplace_back(change::claimed_by_lease{row.id, one.held.session, row.fence,
                                                       row.part, one.held.by_lease->term.value});
    }
    changes_.emplace_back(change::acknowledged{row.id, one.held.session, one.held.fence, row.claim,
                                               row.fence,
                                               !std::holds_alternative<row_returned>(one.change)});
    end_claim(row, one.change, at);
    return ack_result::acknowledged;
}

}  // namespace leasehold::model
