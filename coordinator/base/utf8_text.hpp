#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace leasehold {

/// One character of UTF-8 text.
struct utf8_character {
    char32_t code;
    std::size_t bytes;  ///< 1 to 4
};

/// The character `text` begins with; nothing when it is empty or begins with ill-formed UTF-8
/// (overlong forms, surrogates and codes above U+10FFFF are ill-formed).
std::optional<utf8_character> first_character(std::string_view text);

/// Appends `code` to `text` as UTF-8. `code` is neither a surrogate nor above U+10FFFF.
void append_utf8(std::string& text, char32_t code);

/// `text` as it may be shown on a terminal: control characters become \n, \r, \t or \xHH,
/// ill-formed bytes \xHH, and characters that reorder or break lines (U+0080-U+009F,
/// U+2028-U+202E, U+2066-U+2069, U+200E, U+200F, U+061C, U+FEFF) become \u{HEX}. Backslashes stay
/// as they are, so this is for eyes and not for parsing back.
std::string printable(std::string_view text);

/// `text` for an error message: printable, in single quotes, and when it is longer than
/// `characters_max` characters, cut there with "..." behind the quote.
std::string quoted_excerpt(std::string_view text, std::size_t characters_max = 80);

/// Number of characters in well-formed text; an ill-formed byte counts as one.
std::size_t character_count(std::string_view text);

}  // namespace leasehold
