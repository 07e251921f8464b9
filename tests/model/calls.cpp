#include "tests/model/calls.hpp"

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
    const auto made = on_.transact<nothing>("register", [id](tables& all, instant at) {
        all.session_register(id, at);
        all.generation_raise();
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

queue_change lease_line_calls::watch() {
    return on_.read<queue_change>(
        [](const tables& all, instant at) { return all.queue_watch(at); });
}

queue_view lease_line_calls::view() {
    return on_.read<queue_view>([](const tables& all, instant at) {
        return queue_view{.generation = all.queue_watch(at).generation,
                          .sessions = all.session_list(at),
                          .owned = all.lease_list()};
    });
}

std::vector<lease> lease_line_calls::take(const session_id& me, const std::vector<part_id>& parts) {
    const auto made = on_.transact<std::vector<lease>>(
        "take", [me, parts](tables& all, instant at) { return all.lease_take(me, parts, at); });
    if (made.doubt) {
        throw sql_failure{*made.doubt};
    }
    return made.answer;
}

void lease_line_calls::let_go(const session_id& me, const std::vector<part_id>& parts) {
    const auto step = [&](part_id part) {
        const auto made = on_.transact<bool>("let go", [=](tables& all, instant at) {
            if (free_claims(all, me, part) == freed_max) {
                return false;
            }
            all.lease_release(me, part, at, false);
            return true;
        });
        if (made.doubt) {
            throw sql_failure{*made.doubt};
        }
        return made.answer;
    };
    for (const auto part : parts) {
        while (!step(part)) {
        }
    }
}

void lease_line_calls::set_leaving(const session_id& me) {
    const auto made = on_.transact<nothing>("leaving", [me](tables& all, instant) {
        all.session_set_leaving(me);
        all.generation_raise();
        return nothing{};
    });
    if (made.doubt) {
        throw sql_failure{*made.doubt};
    }
}

void lease_line_calls::leave(const session_id& me) {
    const auto made = on_.transact<nothing>("leave", [me](tables& all, instant at) {
        if (all.session_leave(me, at)) {
            all.generation_raise();
        }
        return nothing{};
    });
    if (made.doubt) {
        throw sql_failure{*made.doubt};
    }
}

bool lease_line_calls::reap_step(const session_row& expired) {
    const bool hasty = mutation_ == mutation::lease_ends_before_its_claims;
    const auto made = on_.transact<bool>("reap", [=](tables& all, instant at) {
        if (!all.session_still_expired(expired, at)) {
            return true;
        }
        const auto held = all.lease_held(expired.id);
        if (held.empty()) {
            if (all.session_reap(expired, at)) {
                all.generation_raise();
            }
            return true;
        }
        if (free_claims(all, expired.id, held.front()) < freed_max || hasty) {
            all.lease_release(expired.id, held.front(), at, true);
        }
        return false;
    });
    if (made.doubt) {
        throw sql_failure{*made.doubt};
    }
    on_.reaps(expired.id);
    return made.answer;
}

commit_fate doubt_line_calls::fate(const std::string& transaction, std::span<const claim> ending) {
    auto& in = actor_.in();
    const bool forgets = !in.calm() && in.chance(forgets_);
    const std::vector<claim> kept{ending.begin(), ending.end()};
    return on_.read<commit_fate>([=, this](const tables& all, instant) {
        auto remembered = server_.fate_of(transaction);
        if (forgets && remembered != commit_fate::running) {
            actor_.in().happened(fault::forgotten_fate);
            has_forgotten_ = true;
            remembered = commit_fate::unknown;
        }
        const bool gone =
            remembered == commit_fate::running || kept.empty() || all.item_still_held(kept).empty();
        return gone ? remembered : commit_fate::rolled_back;
    });
}

std::vector<claim> item_line_calls::still_held(std::span<const claim> held) {
    const std::vector<claim> asked{held.begin(), held.end()};
    return on_.read<std::vector<claim>>(
        [asked](const tables& all, instant) { return all.item_still_held(asked); });
}

std::vector<part_head> item_line_calls::due(const std::vector<part_id>& parts) {
    return on_.read<std::vector<part_head>>(
        [parts](const tables& all, instant at) { return all.item_due(parts, at); });
}

doubtful<claimed> item_line_calls::claim_from(const session_id& me,
                                              const std::vector<part_id>& parts, int wanted) {
    auto made = on_.transact<claimed>("claim", [=](tables& all, instant at) {
        return claim_in_turn(parts, wanted, [&](part_id part, int claims_max) {
            auto some = all.item_claim(me, part, claims_max, at);
            const bool more = static_cast<int>(some.size()) == claims_max;
            return claimed_items{.claims = std::move(some), .more = more};
        });
    });
    if (made.doubt && mutation_ == mutation::claim_in_doubt_is_done) {
        made.doubt.reset();
    }
    if (made.doubt && mutation_ == mutation::claim_in_doubt_is_forgotten) {
        throw sql_failure(sql_failure_kind::reconnect, "08006", made.doubt->what());
    }
    return made;
}

std::vector<claim> item_line_calls::cancel_asked(std::span<const claim> held) {
    const std::vector<claim> kept{held.begin(), held.end()};
    return on_.read<std::vector<claim>>(
        [kept](const tables& all, instant) { return all.item_cancel_asked(kept); });
}

doubtful<std::vector<ack_result>> item_line_calls::acknowledge(
    std::span<const ack_request> requests) {
    const std::vector<ack_request> kept{requests.begin(), requests.end()};
    auto made = on_.transact<std::vector<ack_result>>(
        "acknowledge", [kept](tables& all, instant at) { return all.acknowledge(kept, at); });
    if (made.doubt && mutation_ == mutation::acknowledgement_in_doubt_is_done) {
        made.doubt.reset();
    }
    if (made.doubt && mutation_ == mutation::acknowledgement_in_doubt_runs_again) {
        throw sql_failure(sql_failure_kind::reconnect, "08006", made.doubt->what());
    }
    return made;
}

}  // namespace leasehold::model
