#pragma once

#include <string>
#include <string_view>

/// Passwords in texts that may hold a connection string: found by their surroundings, so that even
/// one in a mistyped option or in a string that libpq cannot read is not shown.

namespace leasehold {

/// `text` with every password in it replaced by "***".
std::string without_secrets(std::string_view text);

/// Writes 'x' over every password in the zero-terminated `text`. Its length stays.
void overwrite_secrets(char* text);

/// Is `text` a connection URI whose password holds a character that must be escaped? libpq would
/// take a piece of the password for the host, and name it in its error message.
bool has_unescaped_secret(std::string_view text);

}  // namespace leasehold
