#pragma once

#include "parts/plan_rules.hpp"

#include <vector>

namespace leasehold {

/// A seat and what the plan so far has for it.
struct held_seat {
    session_id id{};
    int weight{1};
    bool vacant{false};
    std::vector<int> parts{};  ///< ascending
};

inline constexpr int nobody = -1;

/// The plan so far, with the seats of today in it.
struct seated_plan {
    std::vector<held_seat> seats{};  ///< by id
    std::vector<int> seat_of{};      ///< by part: an index of `seats`, or nobody
};

/// Puts each heir on its vacant seat, and drops what no plan can use: sessions that are gone, and
/// vacant seats without parts, for which nothing waits.
///
/// A live seat that `planned` does not name is the heir of a vacant seat of its non-empty name that
/// has parts. Each has at most one of the other, the lowest ids first.
seated_plan seated(const plan_ground& ground);

/// The ids behind `seat_of`, where no part is nobody's.
plan named(const std::vector<held_seat>& seats, const std::vector<int>& seat_of);

}  // namespace leasehold
