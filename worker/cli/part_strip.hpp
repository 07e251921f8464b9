#pragma once

#include <leasehold/ids.hpp>

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

/// The parts of a queue as a row of letters, one for each session.

namespace leasehold {

/// The letter of the session at `place` of a list of sessions. Those far down share one.
char session_letter(std::size_t place);

/// The first eight characters of `id`: enough for people.
std::string short_id(const session_id& id);

/// The parts in order, a letter each: that of the session in `by_part`, '.' when there is none or
/// it is not among `sessions`. Wrapped, with the first part's number before each line when there is
/// more than one line; each line with its '\n'.
std::string part_strip(const std::vector<session_id>& sessions,
                       const std::vector<std::optional<session_id>>& by_part);

}  // namespace leasehold
