#pragma once

#include "parts/seat_rules.hpp"

namespace leasehold {

/// The strategy `sticky`: shares in proportion to the weights, reached with the fewest moves.
///
/// Of weights w with the sum W, a seat gets P*w/W parts, rounded down or up; up first where that
/// keeps a part in its place, then for live seats, then by what is rounded off, then by id.
///
/// A vacant seat with parts counts like a live one, but gains none: parts are not taken to where
/// nobody works. If any are left for that, the live seats divide all that the vacant ones do not
/// keep.
///
/// The moves are the fewest possible. A seat that has h parts and shall have s keeps at most
/// min(h, s) of them, so at least max(0, h - s) leave it; those, and the parts of nobody, are all
/// that moves. That a seat's share is rounded up saves a move exactly when it has more than the
/// rounded down, and no more than one; so the order above finds the shares with the fewest, too.
///
/// Which parts: seats give away their shortest runs, then the ends of longer ones; what is free
/// goes to the seats beside it first, and else where it fits in one piece.
/// @param from  with at least one live seat
plan sticky_plan(const seated_plan& from);

}  // namespace leasehold
