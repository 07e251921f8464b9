#pragma once

#include "parts/seat_rules.hpp"

#include <span>

namespace leasehold {

/// The strategy `balanced`: one run of parts for each seat, loads in proportion to the weights.
///
/// The seats stand along the keyspace as the plan so far has them. One without parts is put beside
/// the seat with the most load for its weight. An idle part counts a little, so that idle parts are
/// divided evenly. A part that is too heavy for any seat counts as one seat's fair share, so that
/// the others divide the rest among them.
///
/// The plan stays exactly as it is while each seat has one run and at most 1.25 times its fair
/// load; then cuts move the least way that brings each seat within 15 % of it, but only if that
/// makes the sum of the squares of what the seats are off by a quarter smaller. That is where it
/// comes to rest: constant loads change a plan once, and noise hardly ever.
///
/// Whatever the loads, a seat of several parts has no more load than its fair share and the
/// heaviest part, or 1.25 times its share where that is more. Each seat has a part while there are
/// enough. When cuts move, a vacant seat's run may shift, but is given no more load than it had,
/// as near to that as whole parts come; and while there is one, only what is promised here moves
/// cuts, so that a restart finds all as it was.
/// @param loads  by part; empty when nothing was measured
/// @param from   with at least one live seat
plan balanced_plan(const seated_plan& from, std::span<const double> loads);

}  // namespace leasehold
