#pragma once

#include <leasehold/ids.hpp>

#include <cstdint>
#include <stdexcept>
#include <string>
#include <string_view>

namespace leasehold::model {

/// What must hold at every step, or at the end. The first word is that of docs/guarantees.md.
enum class invariant {
    i1_one_owner,
    i1_epochs_rise,
    i1_by_the_plan,
    i1_no_gap,
    i2_claim_under_lease,
    i2_handler_under_claim,
    i3_by_the_very_claim,
    i3_tokens_rise,
    i4_nothing_lost,
    i4_everything_settles,
    i5_trust_ends_first,
    i5_nothing_starts_untrusted,
    i5_handlers_are_told,
    i5_one_trusted_handler,
    i7_never_revived,
    i7_only_expired_are_reaped,
    effects_exactly_once,
    attempts_are_bounded,
    plans_follow_one_another,
    plans_come_to_an_end,
    reports_are_true,
};
std::string_view name_of(invariant what) noexcept;

/// What a message calls an id.
template <class Id>
std::string brief(const Id& id) {
    return to_text(id).substr(0, 8);
}

/// An invariant that does not hold; ends the run.
class broken : public std::runtime_error {
public:
    broken(invariant what, const std::string& how) : std::runtime_error(how), what_(what) {}
    invariant which() const noexcept { return what_; }

private:
    invariant what_;
};

}  // namespace leasehold::model
