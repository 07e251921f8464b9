// help_wanted, and the leases of those who help.

#include "tests/model/tables.hpp"

#include <algorithm>
#include <tuple>

namespace leasehold::model {

namespace {

/// How long a request for help stands that nobody renews.
constexpr instant ask_lapses = 2'000 * us_per_ms;

}  // namespace

std::vector<part_wait> tables::help_due(const std::vector<part_id>& parts, instant at) const {
    std::vector<part_wait> waits;
    for (const auto part : parts) {
        std::optional<instant> longest;
        for (const auto& one : items_) {
            if (one.part == part && !one.claim && one.run_at <= at) {
                longest = std::max(longest.value_or(0), at - one.run_at);
            }
        }
        if (longest) {
            waits.push_back({part, std::chrono::microseconds{*longest}});
        }
    }
    return waits;
}

void tables::help_ask(const std::vector<part_id>& parts, instant at) {
    for (const auto part : parts) {
        const auto found = std::find_if(wanted_.begin(), wanted_.end(),
                                        [&](const wanted_line& one) { return one.part == part; });
        if (found == wanted_.end()) {
            wanted_.push_back({part, at, at});
        } else {
            found->since = found->asked_at + ask_lapses > at ? found->since : at;
            found->asked_at = at;
        }
    }
}

void tables::help_withdraw(const std::vector<part_id>& parts) {
    std::erase_if(wanted_, [&](const wanted_line& one) {
        return std::find(parts.begin(), parts.end(), one.part) != parts.end();
    });
}

bool tables::may_help(const session_id& id, part_id part, int helpers_max) const {
    return !is_under_lease(id, part) &&
           std::count_if(leases_.begin(), leases_.end(), [&](const lease_line& one) {
               return one.part == part && one.role == lease_role::helper;
           }) < helpers_max;
}

std::vector<part_id> tables::help_list(const session_id& id, int helpers_max, instant at) const {
    auto fresh = wanted_;
    std::erase_if(fresh, [&](const wanted_line& one) {
        return one.asked_at + ask_lapses <= at || !may_help(id, one.part, helpers_max);
    });
    std::sort(fresh.begin(), fresh.end(), [](const wanted_line& a, const wanted_line& b) {
        return std::tie(a.since, a.part) < std::tie(b.since, b.part);
    });
    std::vector<part_id> parts;
    for (const auto& one : fresh) {
        parts.push_back(one.part);
    }
    return parts;
}

bool tables::help_take(const session_id& id, part_id part, int helpers_max, instant at) {
    const auto* taker = find(id);
    if (taker == nullptr || taker->expires_at <= at || taker->state != session_line::live ||
        taker->cordoned || at_part(part).by_lease || !may_help(id, part, helpers_max)) {
        return false;
    }
    leases_.push_back({id, part, at_part(part).term, lease_role::helper});
    return true;
}

void tables::help_end(const session_id& id, const std::vector<part_id>& parts) {
    std::erase_if(leases_, [&](const lease_line& one) {
        const bool ends = one.id == id && one.role == lease_role::helper &&
                          std::find(parts.begin(), parts.end(), one.part) != parts.end();
        if (ends && has_claims(id, one.part)) {
            throw sql_failure(sql_failure_kind::refused, "23503",
                              "a_claim_needs_a_lease_on_the_items_own_part");
        }
        return ends;
    });
}

}  // namespace leasehold::model
