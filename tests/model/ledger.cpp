#include "tests/model/ledger.hpp"

#include <array>
#include <string>

namespace leasehold::model {

namespace {

constexpr std::array<std::string_view, 21> invariant_names{
    "I1 one owner",
    "I1 epochs rise",
    "I1 parts go by the plan",
    "I1 handed over without a gap",
    "I2 a claim is under a lease",
    "I2 a handler is under a claim",
    "I3 acknowledged by the very claim",
    "I3 tokens rise",
    "I4 nothing is lost",
    "I4 everything settles",
    "I5 trust ends before the session",
    "I5 nothing starts without trust",
    "I5 handlers are told to stop",
    "I5 one trusted handler an item",
    "I7 no session is revived",
    "I7 only expired sessions are reaped",
    "effects exactly once",
    "attempts are bounded",
    "plans follow one another",
    "plans come to an end",
    "reports are true",
};

}  // namespace

std::string_view name_of(invariant what) noexcept {
    return invariant_names[static_cast<std::size_t>(what)];
}

void ledger::enqueued(const item_line& fresh, bool brings_effects) {
    items_[fresh.id] = {.max_attempts = fresh.max_attempts, .brings_effects = brings_effects};
}

void ledger::committed(const std::vector<any_change>& changes, const tables& now_there,
                       instant at) {
    now_ = at;
    for (const auto& one : changes) {
        std::visit([this](const auto& what) { on(what); }, one);
    }
    look_over(now_there);
}

void ledger::look_over(const tables& now_there) const {
    for (const auto& held : now_there.leases()) {
        if (held.role == lease_role::helper && now_there.way_of(held.part).by_lease) {
            throw broken(invariant::i2_claim_under_lease,
                         "session " + brief(held.id) + " helps in part " +
                             std::to_string(held.part.value) +
                             ", where its owner claims by the lease");
        }
    }
    for (const auto& one : now_there.items()) {
        if (!one.claim) {
            continue;
        }
        bool covered = false;
        for (const auto& held : now_there.leases()) {
            covered = covered || (held.id == *one.claim && held.part == one.part);
        }
        if (!covered) {
            throw broken(invariant::i2_claim_under_lease,
                         "item " + brief(one.id) + " is claimed by " + brief(*one.claim) +
                             " without a lease on part " + std::to_string(one.part.value));
        }
    }
}

void ledger::on(const change::registered& one) {
    sessions_[one.session] = {.expires_at = one.expires_at};
}

void ledger::on(const change::extended& one) {
    auto& story = sessions_.at(one.session);
    if (story.is_over || story.expires_at <= one.at) {
        throw broken(invariant::i7_never_revived,
                     "session " + brief(one.session) + " was extended " +
                         std::to_string((one.at - story.expires_at) / us_per_ms) +
                         " ms after it expired");
    }
    slow_revivals_ += story.is_reaped ? 1 : 0;
    story.expires_at = one.expires_at;
}

void ledger::on(const change::ended& one) {
    auto& story = sessions_.at(one.session);
    if (one.reaped && story.expires_at > one.at) {
        throw broken(invariant::i7_only_expired_are_reaped,
                     "session " + brief(one.session) + " was ended by another while it stood");
    }
    story.is_over = true;
    story.left = !one.reaped;
}

void ledger::on(const change::expired& one) { sessions_.at(one.session).expires_at = one.at; }

void ledger::on(const change::departing& one) { sessions_.at(one.session).departs = true; }

void ledger::on(const change::raised& one) {
    // Each seat that is kept no longer leads to a plan of its own.
    plans_left_ = 1 + one.vacant_seats;
}

void ledger::on(const change::seat_kept& /*one*/) { ++plans_left_; }
void ledger::on(const change::weighed& /*one*/) { ++plans_left_; }

void ledger::on(const change::planned& one) {
    auto& part = parts_.at(static_cast<std::size_t>(one.part.value));
    part.planned_for = one.to;
    part.planned_at = now_;
}

void ledger::on(const change::plan_stands& one) {
    if (one.before != plan_) {
        throw broken(invariant::plans_follow_one_another,
                     "plan " + std::to_string(one.number) + " was made from plan " +
                         std::to_string(one.before) + " and written over plan " +
                         std::to_string(plan_));
    }
    if (one.number != plan_ && --plans_left_ < 0) {
        throw broken(invariant::plans_come_to_an_end,
                     "plan " + std::to_string(one.number) + " moves parts once more");
    }
    plan_ = one.number;
}

void ledger::check_received(const receiving& one) const {
    const auto& part = parts_.at(static_cast<std::size_t>(one.part.value));
    const auto name = "part " + std::to_string(one.part.value);
    if (one.term <= part.term) {
        throw broken(invariant::i1_epochs_rise, name + " changed hands in epoch " +
                                                    std::to_string(one.term) + ", after " +
                                                    std::to_string(part.term));
    }
    const auto& receiver = sessions_.at(one.session);
    if (receiver.is_over || receiver.expires_at <= one.at) {
        throw broken(invariant::i7_never_revived,
                     "session " + brief(one.session) + " had expired and received " + name);
    }
    if (part.planned_for != one.session) {
        throw broken(invariant::i1_by_the_plan,
                     name + " went to " + brief(one.session) + " and is planned for " +
                         (part.planned_for ? brief(*part.planned_for) : std::string{"nobody"}));
    }
}

void ledger::check_reaped(const session_id& session, part_id part, instant at) const {
    if (sessions_.at(session).expires_at > at) {
        throw broken(invariant::i7_only_expired_are_reaped,
                     "session " + brief(session) + " lost part " + std::to_string(part.value) +
                         " to a reaper while it stood");
    }
}

void ledger::on(const change::taken& one) {
    auto& part = parts_.at(static_cast<std::size_t>(one.part.value));
    if (part.owner) {
        throw broken(invariant::i1_one_owner, "part " + std::to_string(one.part.value) +
                                                  " was taken by " + brief(one.session) +
                                                  " while " + brief(*part.owner) + " held it");
    }
    check_received({one.session, one.part, one.term, one.at});
    part.owner = one.session;
    part.term = one.term;
    owners_[{one.part, one.term}] = one.session;
}

void ledger::on(const change::given& one) {
    auto& part = parts_.at(static_cast<std::size_t>(one.part.value));
    if (part.owner != one.from) {
        throw broken(invariant::i1_one_owner, "part " + std::to_string(one.part.value) +
                                                  " was given away by " + brief(one.from) +
                                                  ", which did not hold it");
    }
    if (one.reaped) {
        check_reaped(one.from, one.part, one.at);
    }
    check_received({one.to, one.part, one.term, one.at});
    sessions_.at(one.from).is_reaped |= one.reaped;
    part.owner = one.to;
    part.term = one.term;
    owners_[{one.part, one.term}] = one.to;
}

bool ledger::could_be_given(const part_story& part, const session_id& from, instant at) const {
    if (!part.planned_for || *part.planned_for == from) {
        return false;
    }
    const auto& next = sessions_.at(*part.planned_for);
    return !next.is_over && !next.departs && next.expires_at > at;
}

void ledger::on(const change::let_go& one) {
    auto& part = parts_.at(static_cast<std::size_t>(one.part.value));
    const auto name = "part " + std::to_string(one.part.value);
    if (part.owner != one.session) {
        throw broken(invariant::i1_one_owner,
                     name + " was let go by " + brief(one.session) + ", which did not hold it");
    }
    if (one.reaped) {
        check_reaped(one.session, one.part, one.at);
    }
    // Whoever lets go looked at the plan before. What was planned by then could have been followed.
    if (part.planned_at < one.looked_at && could_be_given(part, one.session, one.at)) {
        throw broken(invariant::i1_no_gap, name + " was let go by " + brief(one.session) +
                                               ", though it was planned for " +
                                               brief(*part.planned_for) + " already");
    }
    sessions_.at(one.session).is_reaped |= one.reaped;
    part.owner.reset();
}

void ledger::on(const change::claimed& one) {
    auto& story = items_.at(one.item);
    if (story.claim || story.completed + story.buried > 0) {
        throw broken(invariant::i3_by_the_very_claim,
                     "item " + brief(one.item) + " was claimed while it was claimed or done");
    }
    if (one.fence <= story.last_token) {
        throw broken(invariant::i3_tokens_rise, "item " + brief(one.item) +
                                                    " was claimed with token " +
                                                    std::to_string(one.fence.value) + ", after " +
                                                    std::to_string(story.last_token.value));
    }
    story.claim = one.session;
    story.last_token = one.fence;
    story.granted[one.fence] = one.session;
}

void ledger::on(const change::claimed_by_lease& one) {
    const auto& part = parts_.at(static_cast<std::size_t>(one.part.value));
    if (part.owner != one.session || part.term != one.term) {
        throw broken(invariant::i2_claim_under_lease,
                     "item " + brief(one.item) + " was ended by " + brief(one.session) +
                         " by a lease on part " + std::to_string(one.part.value) +
                         " that it did not hold");
    }
    on(change::claimed{one.item, one.session, one.fence});
}

void ledger::on(const change::way_changed& /*one*/) {}

void ledger::on(const change::freed& one) {
    auto& story = items_.at(one.item);
    story.claim.reset();
    ++story.frees;
}

void ledger::on(const change::acknowledged& one) {
    auto& story = items_.at(one.item);
    if (one.held != one.named || one.held_fence != one.named_fence || story.claim != one.named) {
        throw broken(invariant::i3_by_the_very_claim,
                     "item " + brief(one.item) + " was acknowledged by " + brief(one.named) + "/" +
                         std::to_string(one.named_fence.value) + " and held by " +
                         (one.held ? brief(*one.held) : std::string{"nobody"}) + "/" +
                         std::to_string(one.held_fence.value));
    }
    story.claim.reset();
    ++sessions_.at(one.named).acknowledged;
    ++(one.row_goes ? story.completed : story.returns);
}

void ledger::on(const change::buried& one) {
    auto& story = items_.at(one.item);
    story.completed = 0;
    ++story.buried;
}

void ledger::on(const change::effect& one) { ++items_.at(one.item).effects; }

void ledger::killed_by(const claim& held) {
    const auto& item = held.held.id;
    auto& story = items_.at(item);
    // By the lease nothing counts an attempt; but then the item is in doubt, and claimed on its row
    // until somebody gives it back. Or its claim was written down just before, or even after its
    // worker died, and so counted when it was freed: then nothing is in doubt.
    const bool by_lease = held.by_lease && story.claim != held.session;
    story.lease_kills += by_lease ? 1 : 0;
    if (story.lease_kills > 1 + story.returns + story.frees) {
        throw broken(invariant::attempts_are_bounded,
                     "item " + brief(item) + " ended worker number " +
                         std::to_string(story.lease_kills) + " by the lease alone");
    }
    story.kills += by_lease ? 0 : 1;
    if (story.kills > story.max_attempts) {
        throw broken(invariant::attempts_are_bounded,
                     "item " + brief(item) + " ended worker number " + std::to_string(story.kills) +
                         ", and has " + std::to_string(story.max_attempts) + " attempts");
    }
}

bool ledger::was_granted(const claim& one) const {
    const auto story = items_.find(one.held.id);
    if (story == items_.end()) {
        return false;
    }
    if (one.by_lease) {
        const auto owner = owners_.find({one.held.part, one.by_lease->term.value});
        return owner != owners_.end() && owner->second == one.session;
    }
    const auto grant = story->second.granted.find(one.fence);
    return grant != story->second.granted.end() && grant->second == one.session;
}

const session_story* ledger::find(const session_id& session) const {
    const auto found = sessions_.find(session);
    return found == sessions_.end() ? nullptr : &found->second;
}

std::int64_t ledger::acknowledged_under(const session_id& session) const {
    const auto* story = find(session);
    return story == nullptr ? 0 : story->acknowledged;
}

void ledger::balance(const tables& now_there) const {
    if (!now_there.items().empty()) {
        throw broken(invariant::i4_everything_settles, "items are left");
    }
    for (const auto& [id, story] : items_) {
        if (story.completed + story.buried != 1) {
            throw broken(invariant::i4_nothing_lost,
                         "item " + brief(id) + " was completed " + std::to_string(story.completed) +
                             " times and buried " + std::to_string(story.buried) + " times");
        }
        const int wanted = story.brings_effects ? story.completed : 0;
        if (story.effects != wanted) {
            throw broken(invariant::effects_exactly_once,
                         "item " + brief(id) + " left " + std::to_string(story.effects) +
                             " effects, not " + std::to_string(wanted));
        }
    }
}

}  // namespace leasehold::model
