#pragma once

#include <leasehold/time.hpp>

#include <optional>
#include <string>
#include <string_view>

namespace leasehold {

/// How durations are written, for messages.
inline constexpr std::string_view duration_form =
    "a whole number with a unit, such as 250ms, 5s, 10min, 1h or 7d";

/// Reads a whole number with one of the units ms, s, m or min, h, d.
/// @return nothing when `text` is none of these, or longer than a hundred years
std::optional<milliseconds> duration_from(std::string_view text);

/// The shortest text that duration_from() reads as `time`: "250ms", "5s", "1h".
std::string duration_text(milliseconds time);

}  // namespace leasehold
