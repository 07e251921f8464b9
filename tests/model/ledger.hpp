#pragma once

#include "tests/model/invariant.hpp"
#include "tests/model/tables.hpp"

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <unordered_map>
#include <utility>
#include <vector>

namespace leasehold::model {

/// What became of one item, kept beside the tables.
struct item_story {
    std::optional<session_id> claim{};
    token last_token{};
    std::map<token, session_id> granted{};
    std::set<token> shown{};  ///< to handlers
    int completed = 0;
    int buried = 0;
    int effects = 0;
    int lease_kills = 0;  ///< of these, those while it was held by the lease alone
    int returns = 0;      ///< by whoever held it
    int frees = 0;        ///< by a reaper, the attempt counted
    int kills = 0;        ///< workers that it took with it
    int max_attempts = 0;
    bool brings_effects = false;
};

/// What became of one session.
struct session_story {
    instant expires_at = 0;
    bool is_over = false;    ///< its row is gone
    bool left = false;       ///< by its own will
    bool departs = false;    ///< parts are planned for it no more
    bool is_reaped = false;  ///< a reaper has begun with it
    std::int64_t acknowledged = 0;
};

/// Follows every committed change and says at once which invariant it breaks. Shares nothing with
/// the tables, so a mistake in a predicate there is not repeated here.
class ledger {
public:
    explicit ledger(int part_count) : parts_(static_cast<std::size_t>(part_count)) {}

    void enqueued(const item_line& fresh, bool brings_effects);
    /// @param at  of the COMMIT, which may come long after the statements
    /// @throws broken
    void committed(const std::vector<any_change>& changes, const tables& now_there, instant at);
    void killed_by(const claim& held);
    /// @return whether the database has ever granted this claim
    bool was_granted(const claim& one) const;
    /// A handler begins. @return false when another has begun under the same token
    bool begins(const claim& one) { return items_.at(one.held.id).shown.insert(one.fence).second; }

    /// @return null when it never was
    const session_story* find(const session_id& session) const;
    std::int64_t acknowledged_under(const session_id& session) const;
    /// Heartbeats in time whose COMMIT came so late that a reaper had begun with their session.
    std::int64_t slow_revivals() const noexcept { return slow_revivals_; }
    std::int64_t plans() const noexcept { return plan_; }
    /// At the end, when nothing is left to do.
    void balance(const tables& now_there) const;

    void on(const change::registered& one);
    void on(const change::extended& one);
    void on(const change::expired& one);
    void on(const change::departing& one);
    void on(const change::ended& one);
    void on(const change::raised& one);
    void on(const change::seat_kept& one);
    void on(const change::weighed& one);
    void on(const change::planned& one);
    void on(const change::plan_stands& one);
    void on(const change::taken& one);
    void on(const change::given& one);
    void on(const change::let_go& one);
    void on(const change::claimed& one);
    void on(const change::claimed_by_lease& one);
    void on(const change::way_changed& one);
    void on(const change::freed& one);
    void on(const change::acknowledged& one);
    void on(const change::buried& one);
    void on(const change::effect& one);

private:
    struct part_story {
        std::optional<session_id> owner{};
        std::int64_t term = 0;
        std::optional<session_id> planned_for{};
        instant planned_at = 0;
    };
    struct receiving {
        session_id session{};
        part_id part{};
        std::int64_t term{0};
        instant at{0};
    };
    void look_over(const tables& now_there) const;
    void check_received(const receiving& one) const;
    void check_reaped(const session_id& session, part_id part, instant at) const;
    bool could_be_given(const part_story& part, const session_id& from, instant at) const;

    std::vector<part_story> parts_;
    std::map<std::pair<part_id, std::int64_t>, session_id> owners_;  ///< by term
    std::unordered_map<session_id, session_story> sessions_;
    std::unordered_map<item_id, item_story> items_;
    instant now_ = 0;
    std::int64_t plan_ = 0;
    int plans_left_ = 1;  ///< that may move parts before the membership changes again
    std::int64_t slow_revivals_ = 0;
};

}  // namespace leasehold::model
