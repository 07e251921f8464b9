#pragma once

#include "parts/replan_rules.hpp"
#include "tests/bench/membership/tally.hpp"

#include <leasehold/ids.hpp>
#include <leasehold/time.hpp>

#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <unordered_map>
#include <vector>

namespace leasehold::membership {

struct stored_session {
    std::string name{};
    bool named{false};
    std::string state{"live"};
    steady_time expires_at{};
    std::set<int> owned{};
};

struct stored_part {
    std::optional<session_id> planned_for{};
    std::optional<session_id> owner{};
    std::int64_t term{0};
    std::string last_worked_by{};  ///< name of the last owner
};

struct stored_vacant {
    std::string name{};
    steady_time left_at{};
};

/// One queue's rows in queues, sessions, parts, session_parts and vacant_seats, with what an index
/// finds found as quickly.
class table {
public:
    table(std::string strategy, int part_count, const clock& time);

    // As schema/migrations/0004_plans.sql has them.
    static constexpr milliseconds settle{300};
    static constexpr milliseconds restart_grace{5'000};

    int part_count() const { return static_cast<int>(parts_.size()); }
    const std::string& strategy() const { return strategy_; }
    const std::map<session_id, stored_session>& sessions() const { return sessions_; }
    const std::set<int>& planned_for(const session_id& id) const;
    const stored_part& part(int part) const { return parts_[static_cast<std::size_t>(part)]; }
    const std::map<session_id, stored_vacant>& vacant() const { return vacant_; }
    stored_session* find(const session_id& id);
    bool stands(const session_id& id) const;
    session_row row(const session_id& id, const stored_session& one) const;
    /// The session before `id` in the ring; nothing when there is none.
    std::optional<session_row> before(const session_id& id, bool round) const;
    bool seat_waits_for(const std::string& name) const;

    std::int64_t plan_number() const { return plan_; }
    int planned_seats() const { return planned_seats_; }
    std::optional<milliseconds> next_plan_due() const;
    plan_record record() const;

    void add(const session_id& id, stored_session fresh);
    void remove(const session_id& id);
    void keep_seat(const session_id& id);
    void raise_generation(milliseconds quiet);
    void write_plan(const plan_changes& changes);
    void own(int part, const session_id& id);
    void let_go(int part);

    /// Transactions that change the row of `queues`: the first holds it, the others wait.
    std::deque<const void*> row_wanted_by{};

    bool is_settled() const { return unsettled_ == 0 && !unplanned_since_; }
    int plans_made() const { return plans_made_; }
    int plans_that_moved() const { return plans_that_moved_; }
    std::int64_t moved() const { return moved_; }
    std::int64_t ownerless() const { return ownerless_; }
    /// Parts by the name of who worked there last.
    std::map<std::string, int> worked_by() const;

private:
    bool as_planned(const stored_part& one) const {
        return one.owner && one.planned_for && *one.owner == *one.planned_for;
    }
    template <class Change>
    void change(int part, Change how);

    std::string strategy_;
    const clock& time_;
    std::vector<stored_part> parts_;
    std::map<session_id, stored_session> sessions_{};
    std::unordered_map<session_id, std::set<int>> planned_{};
    std::map<session_id, stored_vacant> vacant_{};
    std::int64_t plan_{0};
    std::optional<steady_time> plan_at_;
    std::optional<steady_time> unplanned_since_{};
    int planned_seats_{0};
    int unsettled_;
    int plans_made_{0};
    int plans_that_moved_{0};
    std::int64_t moved_{0};      ///< parts that went to a session of another name
    std::int64_t ownerless_{0};  ///< times that a part was let go with nobody to follow at once
};

/// The fewest parts that have to move: from `before`, parts by name, to a fair share, rounded up or
/// down, for each of the names `after`.
std::int64_t fewest_moves(const std::map<std::string, int>& before,
                          const std::set<std::string>& after, int part_count);

}  // namespace leasehold::membership
