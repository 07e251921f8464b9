#include "tests/model/server.hpp"

namespace leasehold::model {

namespace {

struct in_words {
    std::string operator()(const change::registered& one) const {
        return "session+ " + brief(one.session);
    }
    std::string operator()(const change::extended& one) const {
        return "beat " + brief(one.session);
    }
    std::string operator()(const change::expired& one) const {
        return "expires at once " + brief(one.session);
    }
    std::string operator()(const change::departing& one) const {
        return "departing " + brief(one.session);
    }
    std::string operator()(const change::ended& one) const {
        return (one.reaped ? "reaped " : "left ") + brief(one.session);
    }
    std::string operator()(const change::raised& /*one*/) const { return "membership"; }
    std::string operator()(const change::seat_kept& /*one*/) const { return "seat kept"; }
    std::string operator()(const change::weighed& /*one*/) const { return "loads"; }
    std::string operator()(const change::planned& one) const {
        return "planned " + std::to_string(one.part.value) + " " +
               (one.to ? brief(*one.to) : std::string{"nobody"});
    }
    std::string operator()(const change::plan_stands& one) const {
        return "plan " + std::to_string(one.number);
    }
    std::string operator()(const change::given& one) const {
        return "given " + std::to_string(one.part.value) + " epoch " + std::to_string(one.term) +
               " " + brief(one.from) + " to " + brief(one.to);
    }
    std::string operator()(const change::taken& one) const {
        return "lease+ " + std::to_string(one.part.value) + " epoch " + std::to_string(one.term) +
               " " + brief(one.session);
    }
    std::string operator()(const change::let_go& one) const {
        return "lease- " + std::to_string(one.part.value) + " " + brief(one.session);
    }
    std::string operator()(const change::claimed_by_lease& one) const {
        return "claim by lease " + brief(one.item) + "/" + std::to_string(one.fence.value) + " " +
               brief(one.session);
    }
    std::string operator()(const change::way_changed& one) const {
        return "way of " + std::to_string(one.part.value);
    }
    std::string operator()(const change::claimed& one) const {
        return "claim " + brief(one.item) + "/" + std::to_string(one.fence.value) + " " +
               brief(one.session);
    }
    std::string operator()(const change::freed& one) const { return "freed " + brief(one.item); }
    std::string operator()(const change::acknowledged& one) const {
        return (one.row_goes ? "done " : "returned ") + brief(one.item) + "/" +
               std::to_string(one.named_fence.value);
    }
    std::string operator()(const change::buried& one) const { return "buried " + brief(one.item); }
    std::string operator()(const change::effect& one) const { return "effect " + brief(one.item); }
};

}  // namespace

void server::committed(const std::vector<any_change>& changes, const std::string& who,
                       std::string_view what) {
    world_.trace(who, what, [&] {
        std::string text;
        for (const auto& one : changes) {
            text += (text.empty() ? "" : ", ") + std::visit(in_words{}, one);
        }
        return text;
    });
    ledger_.committed(changes, tables_, world_.now());
}

void server::enqueue(const item_line& fresh, bool brings_effects) {
    tables_.item_insert(fresh);
    ledger_.enqueued(fresh, brings_effects);
    world_.trace("producer", "enqueue",
                 [&] { return brief(fresh.id) + " part " + std::to_string(fresh.part.value); });
}

void server::carry_out(const std::string& who, std::string_view what,
                       const std::function<void(tables&, instant)>& how) {
    how(tables_, world_.now());
    committed(tables_.take_changes(), who, what);
}

void server::restart(instant back_at) {
    ++era_;
    down_until_ = back_at;
    for (auto* one : listeners_) {
        one->wake();
    }
}

void server::reaps(const session_id& ended, const actor& who) {
    if (const auto [last, fresh] = reapers_.emplace(ended, &who); !fresh && last->second != &who) {
        last->second = &who;
        world_.happened(fault::reaper_race, 0);
    }
}

std::string server::begin_transaction() {
    auto id = std::to_string(++transactions_);
    fates_[id] = commit_fate::running;
    return id;
}

commit_fate server::fate_of(const std::string& id) const {
    const auto found = fates_.find(id);
    return found == fates_.end() ? commit_fate::unknown : found->second;
}

}  // namespace leasehold::model
