#include "items/history_rules.hpp"

#include <string>
#include <utility>

namespace leasehold {

namespace {

std::string named(const std::optional<session_id>& session, token fence) {
    return (session ? "session " + to_text(*session) : "no session") + ", token " +
           std::to_string(fence.value);
}

/// One above the last, or above a token_base of its part (parts.token_base), a first token.
bool may_follow(token last, token next) {
    constexpr std::int64_t first_tokens_apart = 1 << 20;  // leasehold.first_token()
    return next.value == last.value + 1 ||
           (next.value > last.value && next.value % first_tokens_apart == 1);
}

const char* word(audited what) {
    switch (what) {
        case audited::found: return "found";
        case audited::enqueued: return "enqueued";
        case audited::claimed: return "claimed";
        case audited::completed: return "completed";
        case audited::returned: return "returned";
        case audited::freed: return "freed";
        case audited::buried: return "buried";
        case audited::spent: return "spent";
        case audited::deleted: return "deleted";
        case audited::forgotten: return "forgotten";
        case audited::altered: return "altered";
        case audited::present: return "present";
        case audited::dead: return "dead";
    }
    return "";
}

}  // namespace

history_judge::history_judge(const std::vector<audit_coverage>& coverage,
                             const std::vector<ownership_change>& log, told_history told,
                             std::optional<std::chrono::seconds> settled_within)
    : terms_(log), told_(std::move(told)), settled_within_(settled_within) {
    judge_coverage(coverage);
}

void history_judge::judge_coverage(const std::vector<audit_coverage>& coverage) {
    for (const auto& one : coverage) {
        ++covered_.looked_at;
        on_at_us_.push_back(one.on_at_us);
        const auto part = "part " + std::to_string(one.part.value);
        if (one.switched_on == 0) {
            covered_.add(part + " was never audited");
        } else if (one.switched_off > 0) {
            covered_.add(part + " was not audited all the time: it was switched off");
        } else if (one.switched_on > 1) {
            covered_.add(part + " was switched on " + std::to_string(one.switched_on) +
                         " times: its audit was cut off in between");
        } else if (one.firing != audit_triggers) {
            covered_.add(part + " has " + std::to_string(one.firing) + " of the audit's " +
                         std::to_string(audit_triggers) + " triggers");
        }
    }
}

void history_judge::see(const audit_event& one) {
    if (!story_ || story_->id != one.item) {
        finish_item();
        story_ = item_story{.id = one.item, .part = one.part};
    }
    switch (one.what) {
        case audited::present: look_at_present(one); return;
        case audited::dead: look_at_dead(one); return;
        case audited::found:
        case audited::enqueued: begin(one); break;
        case audited::claimed: claim(one); break;
        case audited::completed:
        case audited::returned:
        case audited::freed:
        case audited::buried:
        case audited::spent:
        case audited::deleted: end_claim(one); break;
        case audited::forgotten: ++story_->forgotten; break;
        case audited::altered:
            holder_.add(place(one) + " was altered by hand");
            story_->state = one.session ? standing::held : standing::waiting;
            story_->fence = one.fence;
            break;
    }
    something_.looked_at += one.what == audited::found ? 0 : 1;
}

/// The item's row is there from now on.
void history_judge::begin(const audit_event& one) {
    auto& story = *story_;
    ++enqueued_;
    if (story.state != standing::absent) {
        no_loss_.add(place(one) + " came while it was there already");
    }
    if (one.what == audited::found && story.known) {
        covered_.add(place(one) + " was found after the audit had begun");
    }
    if (one.what == audited::enqueued && one.session) {
        one_claim_.add(place(one) + " was enqueued with a claim on it");
    }
    if (story.known && one.fence < story.fence) {
        token_.add(place(one) + " begins below token " + std::to_string(story.fence.value));
    }
    story.known = true;
    story.began_at_us = one.at_us;
    story.fence = one.fence;
    story.state = standing::waiting;
    if (one.session) {
        story.state = standing::held;
        story.claims.push_back({*one.session, one.fence, one.seq, std::nullopt, 0});
    }
}

void history_judge::claim(const audit_event& one) {
    auto& story = *story_;
    ++owner_.looked_at;
    ++token_.looked_at;
    ++one_claim_.looked_at;
    if (!one.session || !terms_.held(one.part, *one.session, one.at_us)) {
        owner_.add(place(one) + " neither owned the part then nor helped there");
    }
    if (!story.known) {
        no_loss_.add(place(one) + " was claimed, but the audit does not say how it came");
    } else if (story.state == standing::held) {
        one_claim_.add(place(one) + " claimed it under " +
                       named(story.claims.back().session, story.claims.back().fence));
    } else if (story.state == standing::absent) {
        one_claim_.add(place(one) + " claimed it after it was " +
                       (story.last_end ? word(*story.last_end) : "gone"));
    }
    if (story.known && !may_follow(story.fence, one.fence)) {
        token_.add(place(one) + " follows token " + std::to_string(story.fence.value));
    }
    story.known = true;
    story.state = standing::held;
    story.fence = one.fence;
    story.claims.push_back(
        {one.session.value_or(session_id{}), one.fence, one.seq, std::nullopt, 0});
}

bool history_judge::is_holder(const audit_event& one) const {
    const auto& story = *story_;
    if (!one.session) {
        return story.state == standing::waiting && story.fence == one.fence;
    }
    return story.state == standing::held && !story.claims.empty() &&
           story.claims.back().session == *one.session && story.claims.back().fence == one.fence;
}

/// The claim ends, and in all cases but two the item's row goes.
void history_judge::end_claim(const audit_event& one) {
    auto& story = *story_;
    const bool stays = one.what == audited::returned || one.what == audited::freed;
    if (one.what != audited::deleted) {
        ++holder_.looked_at;
    }
    if (!stays) {
        ++one_end_.looked_at;
    }
    if (story.state == standing::absent && story.last_end && !stays) {
        one_end_.add(place(one) + " was " + word(one.what) + " after it was " +
                     word(*story.last_end));
    } else if (!is_holder(one)) {
        holder_.add(place(one) + " was " + word(one.what) + " without holding the item, which " +
                    (story.state == standing::held
                         ? named(story.claims.back().session, story.claims.back().fence) + " held"
                         : "nobody held"));
    }
    if (story.state == standing::held && !story.claims.empty() && is_holder(one)) {
        story.claims.back().end = one.what;
        story.claims.back().end_seq = one.seq;
    }
    if (stays) {
        story.state = story.state == standing::absent ? standing::absent : standing::waiting;
    } else {
        leave(one);
    }
}

void history_judge::leave(const audit_event& one) {
    auto& story = *story_;
    if (story.state != standing::absent) {
        ++ended_;
        settle(one.at_us);
    }
    if (one.what == audited::buried || one.what == audited::spent) {
        ++story.burials;
    }
    story.known = true;
    story.state = standing::absent;
    story.last_end = one.what;
}

void history_judge::settle(std::int64_t at_us) {
    auto& story = *story_;
    if (settled_within_ && story.began_at_us) {
        ++settled_.looked_at;
        const auto took = std::chrono::microseconds{at_us - *story.began_at_us};
        if (took > *settled_within_) {
            settled_.add(
                "item " + to_text(story.id) + " of part " + std::to_string(story.part.value) +
                ": " +
                std::to_string(std::chrono::duration_cast<std::chrono::seconds>(took).count()) +
                " s");
        }
    }
    story.began_at_us.reset();
}

void history_judge::look_at_present(const audit_event& one) {
    auto& story = *story_;
    story.present = true;
    ++here_;
    const auto what = place(one);
    if (story.state == standing::absent) {
        no_loss_.add(
            what + " is there, though the audit " +
            (story.last_end ? std::string{"has it "} + word(*story.last_end) : "does not know it"));
    } else if (!is_holder(one)) {
        holder_.add(what + " is how it lies there, which is not how the audit left it");
    } else {
        settle(one.at_us);
    }
}

void history_judge::look_at_dead(const audit_event& one) {
    ++story_->dead;
    const auto part = static_cast<std::size_t>(one.part.value);
    if (part < on_at_us_.size() && on_at_us_[part] && one.at_us > *on_at_us_[part]) {
        ++story_->dead_since_on;
    }
}

void history_judge::finish_item() {
    if (!story_) {
        return;
    }
    const auto& story = *story_;
    const auto name = "item " + to_text(story.id) + " of part " + std::to_string(story.part.value);
    ++no_loss_.looked_at;
    if (story.state != standing::absent && !story.present) {
        no_loss_.add(name + " is gone, and the audit does not say how");
    }
    if (story.dead < story.burials - story.forgotten) {
        no_loss_.add(name + " was buried and is not among the dead items");
    }
    if (story.dead_since_on > story.burials) {
        no_loss_.add(name + " is among the dead items, and the audit has no burial");
    }
    told_.judge(story.id, story.claims);
    story_.reset();
}

std::string history_judge::place(const audit_event& one) const {
    return "item " + to_text(one.item) + " of part " + std::to_string(one.part.value) + ", " +
           named(one.session, one.fence) +
           (one.what == audited::present ? "" : ", seq " + std::to_string(one.seq));
}

std::vector<finding> history_judge::verdict() {
    finish_item();
    if (something_.looked_at == 0) {
        something_.add("the audit has not seen a single change of an item");
    }
    no_loss_.note = std::to_string(enqueued_) + " enqueued = " + std::to_string(ended_) +
                    " ended + " + std::to_string(here_) + " there";
    if (no_loss_.holds() && enqueued_ != ended_ + here_) {
        no_loss_.add("the sum is wrong");
    }
    std::vector<finding> all{something_, covered_,   terms_.one_owner(), terms_.help(), owner_,
                             token_,     one_claim_, one_end_,           holder_,       no_loss_};
    if (settled_within_) {
        all.push_back(settled_);
    }
    for (auto& one : told_.verdict(terms_)) {
        all.push_back(std::move(one));
    }
    return all;
}

}  // namespace leasehold
