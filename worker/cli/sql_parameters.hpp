#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace leasehold {

/// What a user's SQL may refer to by name, about the item at hand.
enum class sql_parameter {
    id,           ///< :id, uuid
    payload,      ///< :payload, jsonb
    stdout_text,  ///< :stdout, text: what the item's program has written
    attempt,      ///< :attempt, int, 1 at the first
    claim_token,  ///< :token, bigint: the claim's fencing token
};

struct bound_sql {
    std::string text;                       ///< with $1, $2, ... in place of the names
    std::vector<sql_parameter> parameters;  ///< what to send as $1, $2, ..., each once
};

/// Replaces :id, :payload, :stdout, :attempt and :token in one statement by $1::uuid, $2::jsonb,
/// $3::text, $4::int, $5::bigint, numbered by first use; a repeated name keeps its number.
///
/// Everything else stays as it is, read the way PostgreSQL reads it (with its default
/// standard_conforming_strings): strings ('...', E'...', $$...$$, $tag$...$tag$), "identifiers",
/// -- comments and nested block comments, :: casts (CockroachDB's ::: too), :=, and a ':' between
/// the bounds of an array slice, where it directly follows the lower bound: a[1:2], a[low:high].
/// A name bound before a '[' is put in parentheses: ($1::jsonb)['field'].
///
/// @param allowed  the names that have a value where this statement runs
/// @throws std::invalid_argument, one line with the line number in `sql`, for: an unknown name or
///         one that is not allowed (both list the allowed ones), an unterminated string,
///         identifier or comment, a $1 of the user's own, no statement, or more than one (a ';' at
///         the end is fine)
bound_sql bind_sql(std::string_view sql, const std::vector<sql_parameter>& allowed);

}  // namespace leasehold
