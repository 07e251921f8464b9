// The items' own tables.

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

claim claim_on(const item_line& row) {
    claim one;
    one.held = {.id = row.id,
                .part = row.part,
                .priority = row.priority,
                .run_at_us = row.run_at,
                .attempt = row.attempt,
                .max_attempts = row.max_attempts};
    one.session = row.claim.value_or(session_id{});
    one.fence = row.fence;
    one.cancel_asked = row.cancel_asked;
    return one;
}

}  // namespace

std::vector<part_head> tables::item_due(const std::vector<part_id>& parts,
                                        const std::vector<scan_position>& behind,
                                        instant at) const {
    std::vector<part_head> heads;
    for (std::size_t i = 0; i < parts.size(); ++i) {
        std::optional<scan_position> head;
        for (const auto& one : items_) {
            const bool due = one.part == parts[i] && !one.claim && one.run_at <= at;
            if (due && place_of(one) > behind[i] && (!head || place_of(one) < *head)) {
                head = place_of(one);
            }
        }
        if (head) {
            heads.push_back({parts[i], head->priority, head->run_at_us, head->id});
        }
    }
    return heads;
}

claimed_items tables::item_claim(const claim_wish& wish, instant at) {
    const auto& [id, part, claims_max, as] =
        std::tie(wish.session, wish.part, wish.claims_max, wish.as);
    std::vector<item_line*> due;
    for (auto& one : items_) {
        if (one.part == part && !one.claim && one.run_at <= at && place_of(one) > wish.behind) {
            due.push_back(&one);
        }
    }
    std::sort(due.begin(), due.end(), [as = wish.as](const item_line* a, const item_line* b) {
        const auto& [first, second] = as == lease_role::helper && a->priority == b->priority
                                          ? std::tie(b, a)
                                          : std::tie(a, b);
        return place_of(*first) < place_of(*second);
    });
    if (due.size() > static_cast<std::size_t>(claims_max)) {
        due.resize(static_cast<std::size_t>(claims_max));
    }
    if (!due.empty() && !is_under_lease(id, part)) {
        throw violated("23503", "a_claim_needs_a_lease_on_the_items_own_part");
    }
    claimed_items made;
    for (auto* row : due) {
        row->claim = id;
        const bool stays = mutation_ == mutation::token_stays && row->fence.value > 0;
        row->fence.value = std::max(row->fence, wish.base).value + (stays ? 0 : 1);
        ++row->attempt;
        made.claims.push_back(claim_on(*row));
        made.last = std::max(made.last, place_of(*row));
        changes_.emplace_back(change::claimed{row->id, id, row->fence});
    }
    return made;
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
    if (found == items_.end()) {
        return ack_result::lost;
    }
    if (one.held.by_lease) {
        return end_by_lease(*found, one, at);
    }
    if (!is_held_by(*found, one.held)) {
        return ack_result::lost;
    }
    const auto* back = std::get_if<row_returned>(&one.change);
    changes_.emplace_back(change::acknowledged{found->id, one.held.session, one.held.fence,
                                               found->claim, found->fence, back == nullptr});
    end_claim(*found, one.change, at);
    return ack_result::acknowledged;
}

void tables::end_claim(item_line& row, const row_change& how, instant at) {
    if (const auto* back = std::get_if<row_returned>(&how)) {
        row.claim.reset();
        row.attempt -= back->attempts_given_back;
        row.run_at = back->delay ? at + in_us(*back->delay) : row.run_at;
        return;
    }
    if (std::holds_alternative<row_buried>(how)) {
        changes_.emplace_back(change::buried{row.id});
    }
    std::erase_if(items_, [id = row.id](const item_line& one) { return one.id == id; });
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
    std::vector<claim> gone;
    std::copy_if(held.begin(), held.end(), std::back_inserter(gone), [&](const claim& one) {
        return one.by_lease && std::none_of(asked.begin(), asked.end(), [&](const claim& there) {
                   return there.held.id == one.held.id;
               });
    });
    std::erase_if(asked, [&](const claim& one) {
        return std::none_of(items_.begin(), items_.end(), [&](const item_line& row) {
            return row.id == one.held.id && row.cancel_asked;
        });
    });
    asked.insert(asked.end(), gone.begin(), gone.end());
    return asked;
}

std::vector<claim> tables::item_held(const session_id& me,
                                     const std::vector<part_id>& parts) const {
    std::vector<claim> held;
    for (const auto& row : items_) {
        if (row.claim == me && std::find(parts.begin(), parts.end(), row.part) != parts.end()) {
            held.push_back(claim_on(row));
        }
    }
    return held;
}

std::vector<claim> tables::item_still_held(std::span<const claim> held) const {
    std::vector<claim> still;
    std::copy_if(held.begin(), held.end(), std::back_inserter(still), [&](const claim& one) {
        return std::any_of(items_.begin(), items_.end(), [&](const item_line& row) {
            return row.id == one.held.id &&
                   ((row.claim == one.session && row.fence == one.fence) ||
                    (one.by_lease && !row.claim && row.fence == one.by_lease->seen));
        });
    });
    return still;
}

void tables::effect_insert(const item_id& item) { changes_.emplace_back(change::effect{item}); }

}  // namespace leasehold::model
