#pragma once

#include "sql/commit_fate.hpp"
#include "sql/sql_failure.hpp"
#include "tests/model/digest.hpp"
#include "tests/model/ledger.hpp"
#include "tests/model/tables.hpp"
#include "tests/model/world.hpp"

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

namespace leasehold::model {

/// The one database: carries out each transaction at one instant, and remembers what became of it.
class server {
public:
    server(world& in, tables empty, ledger& follows)
        : world_(in), tables_(std::move(empty)), ledger_(follows) {}

    /// A transaction's statements, carried out on a copy of the tables.
    template <class Answer>
    struct attempt {
        Answer answer{};
        std::uint64_t result = 0;  ///< of the answer and all changes
        std::optional<sql_failure> refusal{};
        tables after;
        std::vector<any_change> changes{};
    };
    template <class Answer, class Body>
    attempt<Answer> try_out(const Body& body, instant at) const {
        attempt<Answer> made{.after = tables_};
        try {
            made.answer = body(made.after, at);
            made.changes = made.after.take_changes();
            digest all;
            all.add(made.answer);
            all.add(made.changes);
            made.result = all.value();
        } catch (const sql_failure& failure) {
            made.refusal = failure;
        }
        return made;
    }
    template <class Answer>
    void commit(attempt<Answer>& made, const std::string& who, std::string_view what) {
        world_.mix(made.result);
        tables_ = std::move(made.after);
        committed(made.changes, who, what);
    }

    const tables& now_there() const noexcept { return tables_; }
    void enqueue(const item_line& fresh, bool brings_effects);
    /// What somebody other than a worker does, at once.
    void carry_out(const std::string& who, std::string_view what,
                   const std::function<void(tables&, instant)>& how);

    bool is_up() const noexcept { return world_.now() >= down_until_; }
    /// Raised by each restart: what belongs to an earlier one is gone.
    std::int64_t era() const noexcept { return era_; }
    void restart(instant back_at);

    std::string begin_transaction();
    void end_transaction(const std::string& id, commit_fate how) { fates_[id] = how; }
    commit_fate fate_of(const std::string& id) const;

    /// `who` has taken a step of reaping `ended`; counts those who meet another there.
    void reaps(const session_id& ended, const actor& who);

    /// Whoever waits for an answer hears of a restart.
    void listen(actor& who) { listeners_.push_back(&who); }
    void unlisten(actor& who) { std::erase(listeners_, &who); }

private:
    void committed(const std::vector<any_change>& changes, const std::string& who,
                   std::string_view what);

    world& world_;
    tables tables_;
    ledger& ledger_;
    std::unordered_map<std::string, commit_fate> fates_;
    std::int64_t transactions_ = 0;
    std::int64_t era_ = 1;
    instant down_until_ = 0;
    std::vector<actor*> listeners_;
    std::unordered_map<session_id, const actor*> reapers_;
};

}  // namespace leasehold::model
