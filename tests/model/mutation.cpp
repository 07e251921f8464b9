#include "tests/model/mutation.hpp"

#include <algorithm>
#include <array>

namespace leasehold::model {

namespace {

using enum mutation;
using enum invariant;

constexpr std::array mutations{
    planted{acknowledge_without_token, "acknowledge_without_token", i3_by_the_very_claim,
            "item_complete, item_return and item_bury compare the session, not the token"},
    planted{acknowledge_without_session, "acknowledge_without_session", i3_by_the_very_claim,
            "they compare the token, not the session: a freed claim keeps its token"},
    planted{acknowledge_by_id_alone, "acknowledge_by_id_alone", i3_by_the_very_claim,
            "they compare neither: no fence"},
    planted{heartbeat_revives_expired, "heartbeat_revives_expired", i7_never_revived,
            "session_extend does not ask whether the session has expired"},
    planted{trust_from_the_answer, "trust_from_the_answer", i5_trust_ends_first,
            "trust is counted from the heartbeat's answer instead of its sending"},
    planted{no_margin, "no_margin", i5_trust_ends_first,
            "trust lasts the whole ttl, on a clock that may run slow"},
    planted{untrusted_starts, "untrusted_starts", i5_nothing_starts_untrusted,
            "a slot runs what it finds without asking for trust"},
    planted{handlers_are_not_told, "handlers_are_not_told", i5_handlers_are_told,
            "the end of a session does not reach the claim book"},
    planted{reap_without_compare, "reap_without_compare", i7_only_expired_are_reaped,
            "a reaper goes by what it saw, and does not compare the expiry again"},
    planted{take_what_is_owned, "take_what_is_owned", i1_one_owner,
            "lease_look and lease_take ask for no owner, and no unique index stops it"},
    planted{expired_takes_parts, "expired_takes_parts", i7_never_revived,
            "lease_take does not ask whether the session has expired"},
    planted{epoch_stays, "epoch_stays", i1_epochs_rise, "lease_take does not raise the epoch"},
    planted{take_what_is_not_planned, "take_what_is_not_planned", i1_by_the_plan,
            "lease_take goes by what the session saw: the plan may have changed"},
    planted{gives_to_the_expired, "gives_to_the_expired", i7_never_revived,
            "lease_give does not ask whether the receiver stands: nobody works there until it is "
            "reaped"},
    planted{gives_under_claims, "gives_under_claims", i2_claim_under_lease,
            "a part is given without waiting for what runs in it, and no foreign key stops it"},
    planted{gives_what_it_lost, "gives_what_it_lost", i1_one_owner,
            "lease_give does not ask for the giver's lease: its late COMMIT, after it was reaped"},
    planted{give_keeps_epoch, "give_keeps_epoch", i1_epochs_rise,
            "lease_give does not raise the epoch"},
    planted{lets_go_instead_of_giving, "lets_go_instead_of_giving", i1_no_gap,
            "a part is released for the one it is planned for to take it"},
    planted{reaper_tells_nobody, "reaper_tells_nobody", i4_everything_settles,
            "a reaper releases what is still planned for the dead, and no new plan is due"},
    planted{planners_take_no_lock, "planners_take_no_lock", plans_follow_one_another,
            "a plan is made from what was read in a transaction before"},
    planted{plans_chase_themselves, "plans_chase_themselves", plans_come_to_an_end,
            "a plan made of its own result moves parts again, and the next is due at once"},
    planted{token_stays, "token_stays", i3_tokens_rise, "item_claim does not raise the token"},
    planted{freeing_takes_token_back, "freeing_takes_token_back", i3_tokens_rise,
            "item_free undoes the claim, token and all"},
    planted{lease_ends_before_its_claims, "lease_ends_before_its_claims", i2_claim_under_lease,
            "a reaper ends a lease after one batch of claims, and no foreign key stops it"},
    planted{crash_costs_no_attempt, "crash_costs_no_attempt", attempts_are_bounded,
            "item_free gives the attempt back: a poison item goes round for ever"},
    planted{spent_items_vanish, "spent_items_vanish", i4_nothing_lost,
            "item_bury_spent deletes without writing the dead item"},
    planted{lost_keeps_effects, "lost_keeps_effects", effects_exactly_once,
            "a lost acknowledgement commits the handler's rows all the same"},
    planted{claim_in_doubt_is_done, "claim_in_doubt_is_done", i2_handler_under_claim,
            "a claim whose COMMIT got no answer is taken for granted"},
    planted{claim_in_doubt_is_forgotten, "claim_in_doubt_is_forgotten", i4_everything_settles,
            "a claim whose COMMIT got no answer is taken for refused"},
    planted{acknowledgement_in_doubt_is_done, "acknowledgement_in_doubt_is_done", reports_are_true,
            "an acknowledgement whose COMMIT got no answer is taken for done"},
    planted{acknowledgement_in_doubt_runs_again, "acknowledgement_in_doubt_runs_again",
            reports_are_true, "an acknowledgement whose COMMIT got no answer is made again"},
    planted{acknowledge_by_lease_without_lease, "acknowledge_by_lease_without_lease",
            i2_claim_under_lease, "item_complete_by_lease does not look for the lease's epoch"},
    planted{takeover_sees_no_doubt, "takeover_sees_no_doubt", attempts_are_bounded,
            "a part is opened at once after a crash: no attempt of what is in it is ever counted"},
    planted{use_rows_forgets_what_runs, "use_rows_forgets_what_runs", i3_tokens_rise,
            "an owner goes over to rows and does not write down what is in hand"},
    planted{doubt_raises_no_tokens, "doubt_raises_no_tokens", i3_tokens_rise,
            "part_doubt does not raise token_base above what may have been shown"},
};

}  // namespace

std::span<const planted> all_mutations() noexcept { return mutations; }

std::optional<planted> find_mutation(std::string_view name) noexcept {
    const auto found = std::find_if(mutations.begin(), mutations.end(),
                                    [&](const planted& one) { return one.name == name; });
    return found == mutations.end() ? std::nullopt : std::optional{*found};
}

}  // namespace leasehold::model
