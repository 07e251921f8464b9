#pragma once

#include <leasehold/ids.hpp>

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace leasehold {

/// A session as the plan sees it: one that may hold parts, or one whose seat is kept for a restart.
struct plan_seat {
    session_id id{};
    int weight{1};       ///< 1 to 1000
    std::string name{};  ///< empty when its user gave it none: nobody comes back under it
};

/// Which session should hold each part, by part. Empty when there is no session.
using plan = std::vector<session_id>;

/// All that a plan is made of, as the database holds it.
struct plan_ground {
    std::string_view strategy{};
    int part_count{0};
    std::span<const plan_seat> seats{};   ///< live ones, in any order; each id once
    std::span<const plan_seat> vacant{};  ///< ended within their grace; ids unlike those of `seats`
    /// The plan so far, by part; nothing where nobody was planned, or empty as a whole. May name
    /// sessions that are neither in `seats` nor in `vacant`.
    std::span<const std::optional<session_id>> planned{};
    std::span<const double> loads{};  ///< by part, 0 or more; empty when nothing was measured
};

/// The division of the parts among the seats: a pure function of what the database holds, so it
/// does not matter which session computes it.
///
/// `lexical`: of N sessions in order of their ids, session i holds the parts from floor(i*P/N) up
/// to, not including, floor((i+1)*P/N). Nothing else counts.
/// `sticky`: shares in proportion to the weights, the fewest moves from the plan so far. A vacant
/// seat keeps its parts, or hands them to a live seat of its name that has none yet.
/// `balanced`: contiguous runs in the order of the plan so far, cut so that the loads are in
/// proportion to the weights; cuts stay where they are while they are good enough. Vacant seats as
/// with `sticky`.
/// With more sessions than parts, some hold none and stand by. Made of its own result, a plan stays
/// as it is; only while seats are vacant it may take a plan or two more: a session that was left
/// without a part becomes an heir, and what vacant seats lose makes the shares of others greater.
/// @throws std::invalid_argument for a strategy this build does not know
plan make_plan(const plan_ground& ground);

/// @throws std::invalid_argument for a strategy this build does not know, naming those it does
void require_strategy(std::string_view name);

/// How many parts are for another session in `after` than in `before`. To nobody and from nobody
/// count, too; either may be empty. A part that passes to the heir of a vacant seat counts like any
/// other: whether that is a move for the reader, the caller knows.
int moved_parts(std::span<const std::optional<session_id>> before, const plan& after);

}  // namespace leasehold
