#pragma once

#include <leasehold/ids.hpp>

namespace leasehold {

/// The part of an id: floor(its first 32 bits * part_count / 2^32).
/// leasehold.part_of() in SQL, and the check of every items table, compute the same.
/// @param part_count  1 to 2^31 - 1
part_id part_of(const boost::uuids::uuid& id, int part_count) noexcept;

/// The smallest id of a part, and the largest. Bounds meet without gap or overlap, from
/// 00000000-… to ffffffff-….
/// @param part  0 to part_count - 1
boost::uuids::uuid lowest_id(part_id part, int part_count) noexcept;
boost::uuids::uuid highest_id(part_id part, int part_count) noexcept;

/// Does the id begin with the time (UUID versions 6 and 7)? All ids of one hour, and of weeks,
/// would fall into one part.
bool begins_with_time(const boost::uuids::uuid& id) noexcept;

}  // namespace leasehold
