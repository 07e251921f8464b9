#pragma once

#include "session/seat_store.hpp"

#include <optional>
#include <string>
#include <vector>

namespace leasehold {

/// How a session is named on the command line.
inline constexpr const char* session_forms =
    "Name, id, or at least 4 characters of the id's beginning";

/// Those of `seats` that `words` may mean: the one with this id; else all of this name and all
/// whose ids begin so; of these, those that stand, if there are any.
std::vector<seated_session> seats_meant(const std::vector<seated_session>& seats,
                                        const std::string& words);

/// The one session that `words` mean.
/// @throws std::runtime_error when there is none, saying how to list them; or several, listing them
seated_session the_seat_meant(const std::vector<seated_session>& seats, const std::string& words,
                              const std::optional<std::string>& queue);

/// "worker-1 1a2b3c4d".
std::string seat_name(const session_row& row);

}  // namespace leasehold
