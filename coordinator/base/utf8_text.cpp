#include "base/utf8_text.hpp"

#include <array>
#include <cassert>
#include <charconv>

namespace leasehold {
namespace {

unsigned byte_at(std::string_view text, std::size_t index) {
    return static_cast<unsigned char>(text[index]);
}

/// Smallest code that may be written with this many bytes; anything below it is overlong.
char32_t code_min(std::size_t bytes) { return bytes == 2 ? 0x80 : bytes == 3 ? 0x800 : 0x10000; }

std::string hexadecimal(unsigned value) {
    std::array<char, 8> digits{};
    const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), value, 16);
    return {digits.data(), end.ptr};
}

std::string escaped_byte(unsigned byte) {
    return (byte < 0x10 ? "\\x0" : "\\x") + hexadecimal(byte);
}

bool drives_the_display(char32_t code) {
    return (code >= 0x80 && code <= 0x9F) || (code >= 0x2028 && code <= 0x202E) ||
           (code >= 0x2066 && code <= 0x2069) || code == 0x200E || code == 0x200F ||
           code == 0x061C || code == 0xFEFF;
}

void append_printable(std::string& shown, std::string_view raw, char32_t code) {
    if (code == U'\n') {
        shown += "\\n";
    } else if (code == U'\r') {
        shown += "\\r";
    } else if (code == U'\t') {
        shown += "\\t";
    } else if (code < 0x20 || code == 0x7F) {
        shown += escaped_byte(static_cast<unsigned>(code));
    } else if (drives_the_display(code)) {
        shown += "\\u{" + hexadecimal(static_cast<unsigned>(code)) + "}";
    } else {
        shown += raw;
    }
}

}  // namespace

std::optional<utf8_character> first_character(std::string_view text) {
    if (text.empty()) {
        return std::nullopt;
    }
    const unsigned lead = byte_at(text, 0);
    if (lead < 0x80) {
        return utf8_character{.code = static_cast<char32_t>(lead), .bytes = 1};
    }
    std::size_t bytes = 0;
    char32_t code = 0;
    if ((lead & 0xE0U) == 0xC0) {
        bytes = 2;
        code = lead & 0x1FU;
    } else if ((lead & 0xF0U) == 0xE0) {
        bytes = 3;
        code = lead & 0x0FU;
    } else if ((lead & 0xF8U) == 0xF0) {
        bytes = 4;
        code = lead & 0x07U;
    } else {
        return std::nullopt;
    }
    if (text.size() < bytes) {
        return std::nullopt;
    }
    for (std::size_t index = 1; index < bytes; ++index) {
        const unsigned next = byte_at(text, index);
        if ((next & 0xC0U) != 0x80) {
            return std::nullopt;
        }
        code = (code << 6U) | (next & 0x3FU);
    }
    const bool surrogate = code >= 0xD800 && code <= 0xDFFF;
    if (code < code_min(bytes) || code > 0x10FFFF || surrogate) {
        return std::nullopt;
    }
    return utf8_character{.code = code, .bytes = bytes};
}

void append_utf8(std::string& text, char32_t code) {
    assert(code <= 0x10FFFF && (code < 0xD800 || code > 0xDFFF));
    const auto tail = [&text, code](unsigned shift) {
        text += static_cast<char>(0x80U | ((code >> shift) & 0x3FU));
    };
    if (code < 0x80) {
        text += static_cast<char>(code);
    } else if (code < 0x800) {
        text += static_cast<char>(0xC0U | (code >> 6U));
        tail(0);
    } else if (code < 0x10000) {
        text += static_cast<char>(0xE0U | (code >> 12U));
        tail(6);
        tail(0);
    } else {
        text += static_cast<char>(0xF0U | (code >> 18U));
        tail(12);
        tail(6);
        tail(0);
    }
}

std::string printable(std::string_view text) {
    std::string shown;
    shown.reserve(text.size());
    while (!text.empty()) {
        const std::optional<utf8_character> character = first_character(text);
        if (character) {
            append_printable(shown, text.substr(0, character->bytes), character->code);
        } else {
            shown += escaped_byte(byte_at(text, 0));
        }
        text.remove_prefix(character ? character->bytes : 1);
    }
    return shown;
}

std::string quoted_excerpt(std::string_view text, std::size_t characters_max) {
    std::size_t characters = 0;
    std::size_t bytes = 0;
    while (bytes < text.size() && characters < characters_max) {
        const std::optional<utf8_character> character = first_character(text.substr(bytes));
        bytes += character ? character->bytes : 1;
        ++characters;
    }
    // Appended: g++ 12 warns wrongly (-Wrestrict) of "'" + printable(...).
    std::string shown = "'";
    shown += printable(text.substr(0, bytes));
    shown += bytes < text.size() ? "'..." : "'";
    return shown;
}

std::size_t character_count(std::string_view text) {
    std::size_t count = 0;
    while (!text.empty()) {
        const std::optional<utf8_character> character = first_character(text);
        text.remove_prefix(character ? character->bytes : 1);
        ++count;
    }
    return count;
}

}  // namespace leasehold
