#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

/// Payloads as a user writes them: on a command line, as lines of text, as lines of JSON.

namespace leasehold {

/// Nesting of arrays and objects that a payload may have.
inline constexpr std::size_t payload_depth_max = 512;

/// Why `text` cannot be a payload: nothing when it is JSON that jsonb can store (json_text.hpp)
/// and has at most `bytes_max` bytes; else one line that says what is wrong and what to do.
std::optional<std::string> payload_problem(std::string_view text, std::size_t bytes_max);

/// The payload {"line": "..."} for one line of plain text, without its line end. Nothing is
/// trimmed: a '\r' before the line end stays.
///
/// @throws std::invalid_argument when the line is not UTF-8 or has a NUL byte
std::string line_payload(std::string_view line);

/// One line of a file of items.
struct item_line {
    std::string payload;                ///< JSON text, cut from the line as it was written
    std::optional<std::string> id;      ///< lower-case UUID, 8-4-4-4-12
    std::optional<std::string> run_at;  ///< date, time and offset, as written
    std::optional<std::string> key;
    std::optional<std::string> dedupe;
    std::optional<int> priority;
    std::optional<int> max_attempts;  ///< 1 to 1000
};

/// Reads one JSON object with the member "payload" (any JSON value) and, if wanted, the others of
/// item_line. One of the others that is null counts as absent. Ids may also be upper case or
/// without hyphens. `run_at` is a date, 'T' or a blank, hours and minutes, if wanted seconds with
/// up to nine decimals, and Z or an offset (+02, +02:00, +0200): without one the time would depend
/// on a server setting.
///
/// @param payload_max  bytes the payload may have
/// @throws std::invalid_argument with one line that names the member and shows the value: for text
///         that is not such an object, an unknown or doubled member, or a value out of its range
item_line parse_item_line(std::string_view line, std::size_t payload_max);

}  // namespace leasehold
