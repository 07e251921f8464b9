// session_parts: who holds which part.

#include "tests/model/tables.hpp"

#include <algorithm>

namespace leasehold::model {

namespace {

sql_failure claims_are_left() {
    return {sql_failure_kind::refused, "23503", "a_claim_needs_a_lease_on_the_items_own_part"};
}

}  // namespace

bool tables::is_under_lease(const session_id& id, part_id part) const {
    return std::any_of(leases_.begin(), leases_.end(),
                       [&](const lease_line& one) { return one.id == id && one.part == part; });
}

bool tables::owns(const session_id& id, part_id part) const {
    return std::any_of(leases_.begin(), leases_.end(), [&](const lease_line& one) {
        return one.id == id && one.part == part && one.role == lease_role::owner;
    });
}

/// A helper that becomes the owner: its lease becomes the owner's, and keeps its claims.
void tables::end_help_of(const session_id& id, part_id part) {
    std::erase_if(leases_, [&](const lease_line& one) {
        return one.id == id && one.part == part && one.role == lease_role::helper;
    });
}

const lease_line* tables::owner_of(part_id part) const {
    const auto found = std::find_if(leases_.begin(), leases_.end(), [&](const lease_line& one) {
        return one.part == part && one.role == lease_role::owner;
    });
    return found == leases_.end() ? nullptr : &*found;
}

bool tables::has_claims(const session_id& id, part_id part) const {
    return std::any_of(items_.begin(), items_.end(),
                       [&](const item_line& one) { return one.part == part && one.claim == id; });
}

/// Does the session stand, so that parts may be given to it?
bool tables::may_receive(const session_id& id, instant at) const {
    const auto* row = find(id);
    if (mutation_ == mutation::gives_to_the_expired) {
        return row != nullptr;
    }
    return row != nullptr && row->expires_at > at && row->state == session_line::live;
}

std::vector<part_view> tables::lease_look(const session_id& me, instant at) const {
    std::vector<part_view> views;
    for (std::size_t i = 0; i < parts_.size(); ++i) {
        const part_id part{static_cast<std::int32_t>(i)};
        const bool planned_for_me = parts_[i].planned_for == me;
        if (!planned_for_me && !owns(me, part)) {
            continue;
        }
        auto& view = views.emplace_back();
        view.part = part;
        view.planned_for = parts_[i].planned_for;
        view.planned_is_live = view.planned_for && may_receive(*view.planned_for, at);
        const auto* owner = owner_of(part);
        const bool blind = mutation_ == mutation::take_what_is_owned && owner != nullptr;
        if (owner != nullptr && !(blind && owner->id != me)) {
            view.owner = owner->id;
            view.term = {owner->term};
            view.way = {.by_lease = parts_[i].by_lease, .base = {parts_[i].token_base}};
        }
    }
    return views;
}

std::vector<lease> tables::lease_take(const session_id& id, const std::vector<part_id>& parts,
                                      instant at) {
    const auto* taker = find(id);
    const bool may = mutation_ == mutation::expired_takes_parts;
    if (taker == nullptr || (taker->expires_at <= at && !may)) {
        return {};
    }
    std::vector<lease> taken;
    for (const auto part : parts) {
        const auto* owner = owner_of(part);
        const bool blind = mutation_ == mutation::take_what_is_owned;
        const bool is_planned =
            at_part(part).planned_for == id || mutation_ == mutation::take_what_is_not_planned;
        if (!is_planned || (owner != nullptr && (!blind || owner->id == id))) {
            continue;
        }
        auto& term = at_part(part).term;
        term += mutation_ == mutation::epoch_stays ? 0 : 1;
        end_help_of(id, part);
        leases_.push_back({id, part, term});
        changes_.emplace_back(change::taken{id, part, term, at});
        const auto& row = at_part(part);
        taken.push_back({part, {term}, {.by_lease = row.by_lease, .base = {row.token_base}}});
    }
    return taken;
}

std::vector<part_id> tables::lease_give(const session_id& id, const std::vector<part_id>& parts,
                                        instant at, bool reaped) {
    std::vector<part_id> given;
    for (const auto part : parts) {
        const auto to = at_part(part).planned_for;
        const bool blind = mutation_ == mutation::gives_what_it_lost;
        if (!to || *to == id || !may_receive(*to, at) || !(owns(id, part) || blind)) {
            continue;
        }
        const bool guarded = mutation_ != mutation::gives_under_claims &&
                             mutation_ != mutation::lease_ends_before_its_claims;
        if (guarded && has_claims(id, part)) {
            throw claims_are_left();
        }
        auto& term = at_part(part).term;
        term += mutation_ == mutation::give_keeps_epoch ? 0 : 1;
        std::erase_if(leases_, [&](const lease_line& one) {
            return one.part == part && one.role == lease_role::owner;
        });
        end_help_of(*to, part);
        leases_.push_back({*to, part, term});
        changes_.emplace_back(change::given{id, *to, part, term, at, reaped});
        given.push_back(part);
    }
    return given;
}

void tables::lease_release(const session_id& id, part_id part, instant at, bool reaped,
                           instant looked_at) {
    const auto is_it = [&](const lease_line& one) { return one.id == id && one.part == part; };
    const auto found = std::find_if(leases_.begin(), leases_.end(), is_it);
    if (found == leases_.end()) {
        return;
    }
    if (mutation_ != mutation::lease_ends_before_its_claims && has_claims(id, part)) {
        throw claims_are_left();
    }
    if (found->role == lease_role::owner) {
        changes_.emplace_back(change::let_go{id, part, found->term, at, reaped, looked_at});
    }
    leases_.erase(found);
}

std::vector<owned_part> tables::lease_list() const {
    std::vector<owned_part> owned;
    for (const auto& one : leases_) {
        if (one.role == lease_role::owner) {
            owned.push_back({one.part, one.id, {one.term}});
        }
    }
    std::sort(owned.begin(), owned.end(),
              [](const owned_part& a, const owned_part& b) { return a.part < b.part; });
    return owned;
}

std::vector<part_id> tables::lease_held(const session_id& id) const {
    std::vector<part_id> held;
    for (const auto& one : leases_) {
        if (one.id == id) {
            held.push_back(one.part);
        }
    }
    std::sort(held.begin(), held.end());
    return held;
}

}  // namespace leasehold::model
