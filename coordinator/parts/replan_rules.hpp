#pragma once

#include "parts/plan_rules.hpp"
#include "session/session_store.hpp"

#include <leasehold/ids.hpp>
#include <leasehold/time.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace leasehold {

/// A seat that is kept for a restart.
struct vacant_seat {
    plan_seat seat{};
    milliseconds left{};  ///< ago
};

/// What the database holds about a queue's plan.
struct plan_record {
    std::string strategy{};
    int part_count{0};
    bool is_ready{false};  ///< no part is planned for anybody in a queue that is not
    milliseconds restart_grace{};
    std::int64_t number{0};  ///< of the plan so far
    std::vector<session_row> sessions{};
    std::vector<vacant_seat> vacant{};
    std::vector<std::optional<session_id>> planned{};  ///< by part
    std::vector<double> loads{};                       ///< by part
};

/// One part of a new plan that is not as it was.
struct plan_change {
    part_id part{};
    std::optional<session_id> to{};
    std::string why{};  ///< join, leave, expired, cordon or plan
};

/// What a new plan comes to.
struct plan_changes {
    std::vector<plan_change> parts{};
    int seats{0};  ///< sessions that may hold parts
    /// Seats that are kept no longer: their grace is over, or somebody has come for them.
    std::vector<session_id> forgotten{};
    std::optional<milliseconds> next{};  ///< when to plan again if nothing changes
};

/// The plan that follows what is recorded, and why each part moves.
/// @throws std::invalid_argument for a strategy this build does not know
plan_changes next_plan(const plan_record& record);

}  // namespace leasehold
