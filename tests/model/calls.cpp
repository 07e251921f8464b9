#include "tests/model/calls.hpp"

#include <algorithm>
#include <memory>
#include <utility>

namespace leasehold::model {

namespace {

/// Claims freed in one transaction: few, so that the bound is met.
constexpr int freed_max = 2;

/// As in claim_store: those without an attempt left are buried, the others freed.
int free_claims(tables& all, const session_id& ended, part_id part) {
    const int spent = all.item_bury_spent(ended, part, freed_max);
    return spent + all.item_free(ended, part, freed_max - spent);
}

}  // namespace

void session_line_calls::register_session(const session_id& id) {
    const auto made = on_.transact<nothing>("register", [this, id](tables& all, instant at) {
        all.session_register(id, who_, weight_, at);
        all.session_joined(id, at);
        return nothing{};
    });
    if (made.doubt) {
        throw sql_failure{*made.doubt};
    }
}

extend_outcome session_line_calls::ask(const session_id& id) {
    const auto made = on_.transact<extend_outcome>("beat", [id](tables& all, instant at) {
        return all.session_extend(id, at);
    });
    if (made.doubt) {
        throw sql_failure{*made.doubt};
    }
    return made.answer;
}

extend_outcome session_line_calls::extend(const session_id& id) {
    if (const auto known = std::exchange(known_, std::nullopt)) {
        return *known;
    }
    return ask(id);
}

queue_watch lease_line_calls::watch(const session_id& me, const session_id& random) {
    return on_.read<queue_watch>(
        [=](const tables& all, instant at) { return all.queue_watch(me, random, at); });
}

plan_changes lease_line_calls::planned(const plan_record& record) const {
    auto changes = next_plan(record);
    if (mutation_ == mutation::plans_chase_themselves && changes.seats > 1) {
        // Every part goes to the next seat, and so does the plan after this one.
        changes.next = milliseconds{1};
        changes.parts.clear();
        for (std::size_t i = 0; i < record.planned.size(); ++i) {
            const auto& next = record.planned[(i + 1) % record.planned.size()];
            changes.parts.push_back({.part = {static_cast<std::int32_t>(i)}, .to = next});
        }
    }
    return changes;
}

void lease_line_calls::make_plan() {
    if (mutation_ == mutation::planners_take_no_lock) {
        make_plan_without_lock();
        return;
    }
    transact<nothing>("plan", [this](tables& all, instant at) {
        if (const auto record = all.due_plan(at)) {
            all.write_plan(*record, planned(*record), at);
        }
        return nothing{};
    });
}

/// Reads in one transaction, and writes in the next.
void lease_line_calls::make_plan_without_lock() {
    const auto record = on_.read<std::optional<plan_record>>(
        [](const tables& all, instant at) { return all.due_plan(at); });
    if (record) {
        transact<nothing>("plan", [record, changes = planned(*record)](tables& all, instant at) {
            all.write_plan(*record, changes, at);
            return nothing{};
        });
    }
}

std::vector<part_view> lease_line_calls::look(const session_id& me) {
    struct seen {
        std::vector<part_view> parts{};
        instant at = 0;
    };
    auto found = on_.read<seen>([me](const tables& all, instant at) {
        return seen{.parts = all.lease_look(me, at), .at = at};
    });
    looked_at_ = found.at;
    return std::move(found.parts);
}

std::vector<lease> lease_line_calls::take(const session_id& me, const std::vector<part_id>& parts) {
    return transact<std::vector<lease>>("take", [me, parts](tables& all, instant at) {
        return all.lease_take(me, parts, at);
    });
}

std::vector<part_id> lease_line_calls::give(const session_id& me,
                                            const std::vector<part_id>& parts) {
    if (mutation_ == mutation::lets_go_instead_of_giving) {
        let_go(me, parts);
        return parts;
    }
    const bool hasty = mutation_ == mutation::gives_under_claims;
    return transact<std::vector<part_id>>("give", [=](tables& all, instant at) {
        std::vector<part_id> free;
        for (const auto part : parts) {
            if (hasty || free_claims(all, me, part) < freed_max) {
                free.push_back(part);
            }
        }
        return all.lease_give(me, free, at, false);
    });
}

void lease_line_calls::let_go(const session_id& me, const std::vector<part_id>& parts) {
    const auto step = [&](part_id part) {
        return transact<bool>("let go", [=, looked_at = looked_at_](tables& all, instant at) {
            if (free_claims(all, me, part) == freed_max) {
                return false;
            }
            all.lease_release(me, part, at, false, looked_at);
            return true;
        });
    };
    for (const auto part : parts) {
        while (!step(part)) {
        }
    }
}

void lease_line_calls::set_leaving(const session_id& me) {
    transact<nothing>("leaving", [me](tables& all, instant at) {
        all.session_set_leaving(me);
        all.generation_raise(at);
        return nothing{};
    });
}

bool lease_line_calls::leave(const session_id& me) {
    try {
        transact<nothing>("leave", [me](tables& all, instant at) {
            all.session_leave(me, at);
            return nothing{};
        });
    } catch (const sql_failure& failure) {
        if (failure.sqlstate() != "23503") {
            throw;
        }
        return false;
    }
    return true;
}

void lease_line_calls::begin_reap(const session_row& expired) {
    const bool silent = mutation_ == mutation::reaper_tells_nobody;
    transact<nothing>("begin reap", [=](tables& all, instant at) {
        if (all.session_begin_reap(expired, at) && !silent) {
            all.generation_raise(at);
        }
        return nothing{};
    });
}

reap_progress lease_line_calls::reap_step(const session_row& expired) {
    const bool hasty = mutation_ == mutation::lease_ends_before_its_claims;
    const bool silent = mutation_ == mutation::reaper_tells_nobody;
    const auto far = transact<reap_progress>("reap", [=](tables& all, instant at) {
        if (!all.session_still_expired(expired, at)) {
            return reap_progress::over;
        }
        const auto held = all.lease_held(expired.id);
        if (held.empty()) {
            const bool was_live = all.is_counted(expired.id);
            if (all.session_reap(expired, at) && !silent) {
                all.session_ended(expired.id, was_live, at);
            }
            return reap_progress::over;
        }
        const auto part = held.front();
        if (free_claims(all, expired.id, part) == freed_max && !hasty) {
            return reap_progress::goes_on;
        }
        if (all.owns(expired.id, part)) {
            all.part_doubt(part, at);
        }
        if (all.lease_give(expired.id, {part}, at, true).empty()) {
            all.lease_release(expired.id, part, at, true, at);
        }
        return reap_progress::goes_on;
    });
    on_.reaps(expired.id);
    return far;
}

commit_fate doubt_line_calls::fate(const std::string& sender, std::span<const claim> ending) {
    const std::vector<claim> kept{ending.begin(), ending.end()};
    return on_.read<commit_fate>([=, this](const tables& all, instant) {
        if (!sender.empty() && server_.fate_of(sender) == commit_fate::running) {
            return commit_fate::running;
        }
        return all.item_still_held(kept).empty() ? commit_fate::unknown : commit_fate::rolled_back;
    });
}

std::vector<claim> item_line_calls::held(const session_id& me, const std::vector<part_id>& parts) {
    return on_.read<std::vector<claim>>(
        [=](const tables& all, instant) { return all.item_held(me, parts); });
}

std::vector<part_head> item_line_calls::due(const std::vector<part_id>& parts) {
    const auto began = time_.now();
    const auto behind = scans_.begin(parts, began);
    auto heads = on_.read<std::vector<part_head>>(
        [=](const tables& all, instant at) { return all.item_due(parts, behind, at); });
    scans_.looked(parts, behind, heads, began, time_.now());
    return heads;
}

doubtful<claimed> item_line_calls::claim_from(const session_id& me,
                                              const std::vector<part_share>& asked) {
    const auto began = time_.now();
    std::vector<claimed_items> given;
    const auto by_lease = wishes_for(me, asked, true, began);
    for (const auto& one : by_lease) {
        given.push_back(on_.read<claimed_items>(
            [&one](const tables& all, instant at) { return all.item_claim_by_lease(one, at); }));
    }
    const auto given_at = time_.now();
    const auto on_rows = wishes_for(me, asked, false, given_at);
    doubtful<claimed> made;
    if (!on_rows.empty()) {
        auto answered =
            claim_batch<std::vector<claimed_items>>("claim", [on_rows](tables& all, instant at) {
                std::vector<claimed_items> some;
                for (const auto& one : on_rows) {
                    some.push_back(all.item_claim(one, at));
                }
                return some;
            });
        made = {.doubt = std::move(answered.doubt), .sender = std::move(answered.sender)};
        if (!made.doubt) {
            made.answer = take(on_rows, std::move(answered.answer), given_at, time_.now());
        }
    }
    if (!made.doubt) {
        made.answer.add(take(by_lease, std::move(given), began, given_at));
    }
    return made;
}

std::vector<claim_wish> item_line_calls::wishes_for(const session_id& me,
                                                    const std::vector<part_share>& asked,
                                                    bool by_lease, steady_time now) {
    std::vector<claim_wish> wishes;
    for (const auto& one : asked) {
        if (one.by_lease.has_value() == by_lease) {
            wishes.push_back(scans_.wish(me, one, now));
        }
    }
    return wishes;
}

claimed item_line_calls::take(const std::vector<claim_wish>& wishes,
                              std::vector<claimed_items> given, steady_time began,
                              steady_time answered) {
    claimed made;
    for (std::size_t i = 0; i < wishes.size(); ++i) {
        const auto& wish = wishes[i];
        auto& some = given[i];
        const auto count = static_cast<int>(some.claims.size());
        some.more = scans_.claimed(wish, some.last, count, began, answered);
        made.take(wish.part, std::move(some));
    }
    return made;
}

std::vector<lease> item_line_calls::claim_by_lease(const session_id& me,
                                                   const std::vector<part_id>& parts) {
    auto clear = parts;
    if (mutation_ != mutation::takeover_sees_no_doubt) {
        const auto in_doubt = on_.read<std::vector<part_id>>(
            [parts](const tables& all, instant) { return all.item_in_doubt(parts); });
        std::erase_if(clear, [&](part_id part) {
            return std::find(in_doubt.begin(), in_doubt.end(), part) != in_doubt.end();
        });
    }
    if (clear.empty()) {
        return {};
    }
    const auto made = on_.transact<std::vector<lease>>("by lease", [=](tables& all, instant) {
        return all.part_by_lease(me, clear);
    });
    if (made.doubt) {
        throw sql_failure{*made.doubt};
    }
    return made.answer;
}

void item_line_calls::claim_by_row(const session_id& me, const std::vector<part_id>& parts,
                                   std::span<const claim> in_hand) {
    std::vector<claim> kept{in_hand.begin(), in_hand.end()};
    if (mutation_ == mutation::use_rows_forgets_what_runs) {
        kept.clear();
    }
    const auto made = on_.transact<nothing>("by row", [=](tables& all, instant) {
        all.part_by_row(me, parts);
        all.item_write_down(kept);
        return nothing{};
    });
    if (made.doubt) {
        throw sql_failure{*made.doubt};
    }
}

std::vector<part_wait> item_line_calls::waits(const std::vector<part_id>& parts) {
    return on_.read<std::vector<part_wait>>(
        [parts](const tables& all, instant at) { return all.help_due(parts, at); });
}

void item_line_calls::ask_for_help(const help_request& what) {
    const auto made = on_.transact<nothing>("ask for help", [what](tables& all, instant at) {
        all.help_withdraw(what.withdrawn);
        all.help_ask(what.wanted, at);
        return nothing{};
    });
    if (made.doubt) {
        throw sql_failure{*made.doubt};
    }
}

std::vector<part_id> item_line_calls::wanted_help(const session_id& me, int helpers_max) {
    return on_.read<std::vector<part_id>>(
        [=](const tables& all, instant at) { return all.help_list(me, helpers_max, at); });
}

doubtful<claimed> item_line_calls::help(const help_round& round) {
    return claim_batch<claimed>("help", [=](tables& all, instant at) {
        const auto before = all;
        claimed made;
        if (round.has_lease || all.help_take(round.me, round.part, round.helpers_max, at)) {
            made.claims = all.item_claim({.session = round.me,
                                          .part = round.part,
                                          .claims_max = round.wanted,
                                          .as = lease_role::helper,
                                          .base = {all.way_of(round.part).token_base}},
                                         at)
                              .claims;
        }
        if (made.claims.empty()) {
            all = before;
        }
        return made;
    });
}

void item_line_calls::end_help(const session_id& me, const std::vector<part_id>& parts) {
    const auto made = on_.transact<nothing>("end help", [=](tables& all, instant) {
        all.help_end(me, parts);
        return nothing{};
    });
    if (made.doubt) {
        throw sql_failure{*made.doubt};
    }
}

std::vector<claim> item_line_calls::cancel_asked(std::span<const claim> held) {
    const std::vector<claim> kept{held.begin(), held.end()};
    return on_.read<std::vector<claim>>(
        [kept](const tables& all, instant) { return all.item_cancel_asked(kept); });
}

doubtful<std::vector<ack_result>> item_line_calls::acknowledge(
    std::span<const ack_request> requests) {
    const std::vector<ack_request> kept{requests.begin(), requests.end()};
    return batch<std::vector<ack_result>>(
        "acknowledge", [kept](tables& all, instant at) { return all.acknowledge(kept, at); },
        mutation::acknowledgement_in_doubt_is_done, mutation::acknowledgement_in_doubt_runs_again);
}

}  // namespace leasehold::model
