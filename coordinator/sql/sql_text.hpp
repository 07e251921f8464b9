#pragma once

#include <leasehold/ids.hpp>

#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace leasehold {

/// `statement` with each `{name}` replaced by its value. The one place where a name becomes part of
/// a statement: values are identifiers built from a checked queue name, or whole numbers; anything
/// else is a bug and asserts.
std::string expanded(std::string_view statement,
                     std::initializer_list<std::pair<std::string_view, std::string>> names);

/// `outer` with its `{each}` replaced by a whole statement.
/// @param inner  of the schema's own texts, expanded; never of what a user wrote
std::string around(std::string_view outer, std::string_view inner);

/// `statement` with each `$n` replaced by literals[n - 1], but for those in quotes and comments.
std::string with_literals(std::string_view statement, const std::vector<std::string>& literals);

/// An array literal for a parameter that the statement casts, such as `$1::uuid[]`.
std::string array_literal(const std::vector<std::optional<std::string>>& values);
std::string array_literal(const std::vector<std::string>& values);
std::string array_literal(const std::vector<part_id>& values);
std::string array_literal(const std::vector<item_id>& values);
std::string array_literal(const std::vector<std::int64_t>& values);

/// The ids in the literal of a uuid[].
/// @return nothing when it is none, or has NULLs in it
std::optional<std::vector<item_id>> ids_in_literal(std::string_view literal);

/// Did a text come with a NUL byte, which libpq would cut it at?
bool has_nul(std::string_view text) noexcept;

}  // namespace leasehold
