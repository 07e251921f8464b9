#pragma once

#include "tests/model/invariant.hpp"

#include <optional>
#include <span>
#include <string_view>

namespace leasehold::model {

/// A mistake that the protocol could contain, planted to see whether the simulator finds it.
enum class mutation {
    none,
    acknowledge_without_token,
    acknowledge_without_session,
    acknowledge_by_id_alone,
    heartbeat_revives_expired,
    trust_from_the_answer,
    no_margin,
    untrusted_starts,
    handlers_are_not_told,
    reap_without_compare,
    take_what_is_owned,
    expired_takes_parts,
    epoch_stays,
    take_what_is_not_planned,
    gives_to_the_expired,
    gives_under_claims,
    gives_what_it_lost,
    give_keeps_epoch,
    lets_go_instead_of_giving,
    reaper_tells_nobody,
    planners_take_no_lock,
    plans_chase_themselves,
    token_stays,
    freeing_takes_token_back,
    lease_ends_before_its_claims,
    crash_costs_no_attempt,
    spent_items_vanish,
    lost_keeps_effects,
    claim_in_doubt_is_done,
    claim_in_doubt_is_forgotten,
    acknowledgement_in_doubt_is_done,
    acknowledgement_in_doubt_runs_again,
    acknowledge_by_lease_without_lease,
    takeover_sees_no_doubt,
    use_rows_forgets_what_runs,
    doubt_raises_no_tokens,
};

struct planted {
    mutation what;
    std::string_view name;
    invariant breaks;        ///< which must be what finds it
    std::string_view story;  ///< one line: how such a bug would come about
};

std::span<const planted> all_mutations() noexcept;
std::optional<planted> find_mutation(std::string_view name) noexcept;

}  // namespace leasehold::model
