#include "tests/model/tables.hpp"

#include <algorithm>
#include <iterator>
#include <tuple>
#include <utility>

namespace leasehold::model {

namespace {

sql_failure violated(const char* sqlstate, const char* constraint) {
    return {sql_failure_kind::refused, sqlstate, constraint};
}

}  // namespace

tables::tables(int part_count, instant ttl, mutation planted_one)
    : ttl_(ttl), mutation_(planted_one), epochs_(static_cast<std::size_t>(part_count), 0) {}

session_line* tables::find(const session_id& id) {
    const auto found = std::find_if(sessions_.begin(), sessions_.end(),
                                    [&](const session_line& one) { return one.id == id; });
    return found == sessions_.end() ? nullptr : &*found;
}

void tables::session_register(const session_id& id, instant at) {
    if (find(id) != nullptr) {
        throw violated("23505", "a session id is used again");
    }
    const auto place = std::find_if(sessions_.begin(), sessions_.end(),
                                    [&](const session_line& one) { return id < one.id; });
    sessions_.insert(place, {id, at, at + ttl_, false});
    changes_.emplace_back(change::registered{id, at + ttl_});
}

extend_outcome tables::session_extend(const session_id& id, instant at) {
    auto* row = find(id);
    const bool revives = mutation_ == mutation::heartbeat_revives_expired;
    if (row == nullptr || (row->expires_at <= at && !revives)) {
        return extend_outcome::gone;
    }
    changes_.emplace_back(change::extended{id, at, row->expires_at, at + ttl_});
    row->heartbeat_at = at;
    row->expires_at = at + ttl_;
    return extend_outcome::extended;
}

void tables::session_set_leaving(const session_id& id) {
    if (auto* row = find(id)) {
        row->leaving = true;
    }
}

void tables::remove_session(const session_id& id) {
    if (!lease_held(id).empty()) {
        throw violated("23503", "a_lease_belongs_to_a_session_of_the_same_queue");
    }
    std::erase_if(sessions_, [&](const session_line& one) { return one.id == id; });
}

bool tables::session_leave(const session_id& id, instant at) {
    if (find(id) == nullptr) {
        return false;
    }
    remove_session(id);
    changes_.emplace_back(change::ended{id, at, false});
    return true;
}

bool tables::session_still_expired(const session_row& seen, instant at) const {
    if (mutation_ == mutation::reap_without_compare) {
        return std::any_of(sessions_.begin(), sessions_.end(),
                           [&](const session_line& one) { return one.id == seen.id; });
    }
    return std::any_of(sessions_.begin(), sessions_.end(), [&](const session_line& one) {
        return one.id == seen.id && std::to_string(one.expires_at) == seen.expires_at &&
               one.expires_at <= at;
    });
}

bool tables::session_reap(const session_row& seen, instant at) {
    if (!session_still_expired(seen, at)) {
        return false;
    }
    remove_session(seen.id);
    changes_.emplace_back(change::ended{seen.id, at, true});
    return true;
}

std::vector<session_row> tables::session_list(instant at) const {
    std::vector<session_row> rows;
    rows.reserve(sessions_.size());
    for (const auto& one : sessions_) {
        auto& row = rows.emplace_back();
        row.id = one.id;
        row.state = one.leaving ? "leaving" : "live";
        row.expires_at = std::to_string(one.expires_at);
        row.live = one.expires_at > at;
        row.heartbeat_age = milliseconds{(at - one.heartbeat_at) / us_per_ms};
        row.overdue = milliseconds{(at - one.expires_at) / us_per_ms};
    }
    return rows;
}

queue_change tables::queue_watch(instant at) const {
    return {generation_,
            std::any_of(sessions_.begin(), sessions_.end(),
                        [&](const session_line& one) { return one.expires_at <= at; })};
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
        const auto is_of_part = [&](const lease_line& one) {
            return one.part == part && (mutation_ != mutation::take_what_is_owned || one.id == id);
        };
        if (std::any_of(leases_.begin(), leases_.end(), is_of_part)) {
            continue;
        }
        auto& term = epochs_[static_cast<std::size_t>(part.value)];
        term += mutation_ == mutation::epoch_stays ? 0 : 1;
        leases_.push_back({id, part, term});
        changes_.emplace_back(change::taken{id, part, term, at});
        taken.push_back({part, {term}});
    }
    return taken;
}

void tables::lease_release(const session_id& id, part_id part, instant at, bool reaped) {
    const auto is_it = [&](const lease_line& one) { return one.id == id && one.part == part; };
    const auto found = std::find_if(leases_.begin(), leases_.end(), is_it);
    if (found == leases_.end()) {
        return;
    }
    const bool guarded = mutation_ != mutation::lease_ends_before_its_claims;
    if (guarded && std::any_of(items_.begin(), items_.end(), [&](const item_line& one) {
            return one.part == part && one.claim == id;
        })) {
        throw violated("23503", "a_claim_needs_a_lease_on_the_items_own_part");
    }
    changes_.emplace_back(change::let_go{id, part, found->term, at, reaped});
    leases_.erase(found);
}

std::vector<owned_part> tables::lease_list() const {
    std::vector<owned_part> owned;
    for (const auto& one : leases_) {
        owned.push_back({one.part, one.id, {one.term}});
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

bool tables::is_under_lease(const session_id& id, part_id part) const {
    return std::any_of(leases_.begin(), leases_.end(),
                       [&](const lease_line& one) { return one.id == id && one.part == part; });
}

std::vector<part_head> tables::item_due(const std::vector<part_id>& parts, instant at) const {
    std::vector<part_head> heads;
    for (const auto part : parts) {
        std::optional<part_head> head;
        for (const auto& one : items_) {
            const bool due = one.part == part && !one.claim && one.run_at <= at;
            if (due && (!head || std::tie(one.priority, one.run_at) <
                                     std::tie(head->priority, head->run_at_us))) {
                head = part_head{part, one.priority, one.run_at};
            }
        }
        if (head) {
            heads.push_back(*head);
        }
    }
    return heads;
}

std::vector<claim> tables::item_claim(const session_id& id, part_id part, int claims_max,
                                      instant at) {
    std::vector<item_line*> due;
    for (auto& one : items_) {
        if (one.part == part && !one.claim && one.run_at <= at) {
            due.push_back(&one);
        }
    }
    std::sort(due.begin(), due.end(), [](const item_line* a, const item_line* b) {
        return std::tie(a->priority, a->run_at, a->id) < std::tie(b->priority, b->run_at, b->id);
    });
    if (due.size() > static_cast<std::size_t>(claims_max)) {
        due.resize(static_cast<std::size_t>(claims_max));
    }
    if (!due.empty() && !is_under_lease(id, part)) {
        throw violated("23503", "a_claim_needs_a_lease_on_the_items_own_part");
    }
    std::vector<claim> claims;
    for (auto* row : due) {
        row->claim = id;
        row->fence.value += mutation_ == mutation::token_stays && row->fence.value > 0 ? 0 : 1;
        ++row->attempt;
        auto& one = claims.emplace_back();
        one.held = {.id = row->id,
                    .part = part,
                    .priority = row->priority,
                    .run_at_us = row->run_at,
                    .attempt = row->attempt,
                    .max_attempts = row->max_attempts};
        one.session = id;
        one.fence = row->fence;
        one.cancel_asked = row->cancel_asked;
        changes_.emplace_back(change::claimed{row->id, id, row->fence});
    }
    return claims;
}

bool tables::is_held_by(const item_line& row, const claim& named) const {
    const bool same_token = row.fence == named.fence;
    const bool same_session = row.claim == named.session;
    switch (mutation_) {
        case mutation::acknowledge_without_token: return same_session;
        case mutation::acknowledge_without_session: return same_token;
        case mutation::acknowledge_by_id_alone: return true;
        default: return same_token && same_session;
    }
}

ack_result tables::acknowledge_one(const ack_request& one, instant at) {
    const auto found = std::find_if(items_.begin(), items_.end(), [&](const item_line& row) {
        return row.id == one.held.held.id;
    });
    if (found == items_.end() || !is_held_by(*found, one.held)) {
        return ack_result::lost;
    }
    const auto* back = std::get_if<row_returned>(&one.change);
    changes_.emplace_back(change::acknowledged{found->id, one.held.session, one.held.fence,
                                               found->claim, found->fence, back == nullptr});
    if (back != nullptr) {
        found->claim.reset();
        found->attempt -= back->attempts_given_back;
        found->run_at = back->delay ? at + in_us(*back->delay) : found->run_at;
        return ack_result::acknowledged;
    }
    if (std::holds_alternative<row_buried>(one.change)) {
        changes_.emplace_back(change::buried{found->id});
    }
    items_.erase(found);
    return ack_result::acknowledged;
}

std::vector<ack_result> tables::acknowledge(std::span<const ack_request> requests, instant at) {
    std::vector<ack_result> results;
    for (const auto& one : requests) {
        results.push_back(acknowledge_one(one, at));
    }
    return results;
}

int tables::item_bury_spent(const session_id& ended, part_id part, int claims_max) {
    int gone = 0;
    std::erase_if(items_, [&](const item_line& one) {
        const bool spent = one.part == part && one.claim == ended &&
                           one.attempt >= one.max_attempts && gone < claims_max;
        if (spent) {
            ++gone;
            changes_.emplace_back(change::freed{one.id, ended});
            if (mutation_ != mutation::spent_items_vanish) {
                changes_.emplace_back(change::buried{one.id});
            }
        }
        return spent;
    });
    return gone;
}

int tables::item_free(const session_id& ended, part_id part, int claims_max) {
    int freed = 0;
    for (auto& one : items_) {
        if (freed < claims_max && one.part == part && one.claim == ended) {
            ++freed;
            one.claim.reset();
            one.attempt -= mutation_ == mutation::crash_costs_no_attempt ? 1 : 0;
            one.fence.value -= mutation_ == mutation::freeing_takes_token_back ? 1 : 0;
            changes_.emplace_back(change::freed{one.id, ended});
        }
    }
    return freed;
}

void tables::item_cancel(const item_id& item) {
    const auto found = std::find_if(items_.begin(), items_.end(),
                                    [&](const item_line& row) { return row.id == item; });
    if (found == items_.end()) {
        return;
    }
    found->cancel_asked = true;
    if (!found->claim) {
        changes_.emplace_back(change::buried{item});
        items_.erase(found);
    }
}

std::vector<claim> tables::item_cancel_asked(std::span<const claim> held) const {
    auto asked = item_still_held(held);
    std::erase_if(asked, [&](const claim& one) {
        return std::none_of(items_.begin(), items_.end(), [&](const item_line& row) {
            return row.id == one.held.id && row.cancel_asked;
        });
    });
    return asked;
}

std::vector<claim> tables::item_still_held(std::span<const claim> held) const {
    std::vector<claim> still;
    std::copy_if(held.begin(), held.end(), std::back_inserter(still), [&](const claim& one) {
        return std::any_of(items_.begin(), items_.end(), [&](const item_line& row) {
            return row.id == one.held.id && row.claim == one.session && row.fence == one.fence;
        });
    });
    return still;
}

void tables::effect_insert(const item_id& item) { changes_.emplace_back(change::effect{item}); }

}  // namespace leasehold::model
