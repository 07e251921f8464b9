#pragma once

#include <leasehold/ids.hpp>

#include <span>
#include <string_view>
#include <vector>

namespace leasehold {

/// A session as the plan sees it.
struct plan_seat {
    session_id id{};
    int weight{1};
};

/// Which session should hold each part, by part. Empty when there is no session.
using plan = std::vector<session_id>;

/// The division of `part_count` parts among `seats`: a pure function, so every session that reads
/// the same rows computes the same plan, without a leader.
///
/// `lexical`: of N sessions in order of their ids, session i holds the parts from floor(i*P/N) up
/// to, not including, floor((i+1)*P/N). With more sessions than parts, some hold none and stand by.
/// @param seats  in any order; each id once
/// @throws std::invalid_argument for a strategy this build does not know
plan make_plan(std::string_view strategy, std::span<const plan_seat> seats, int part_count);

}  // namespace leasehold
