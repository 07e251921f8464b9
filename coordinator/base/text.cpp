#include "base/text.hpp"

#include <cstddef>

namespace leasehold {

std::string quoted(std::string_view value) {
    constexpr std::size_t shown_max = 80;
    constexpr std::string_view hex = "0123456789abcdef";
    std::string result = "\"";
    for (const char c : value.substr(0, shown_max)) {
        const auto byte = static_cast<unsigned char>(c);
        if (byte < 0x20 || byte == 0x7f) {
            result += "\\x";
            result += hex[byte >> 4];
            result += hex[byte & 0xf];
        } else {
            result += c;
        }
    }
    return result + (value.size() > shown_max ? "…\"" : "\"");
}

std::string one_line(std::string_view message) {
    std::string result;
    while (!message.empty()) {
        const auto end = message.find_first_of("\r\n");
        auto line = message.substr(0, end);
        message = end == std::string_view::npos ? std::string_view{} : message.substr(end + 1);
        while (!line.empty() && (line.front() == ' ' || line.front() == '\t')) {
            line.remove_prefix(1);
        }
        if (!line.empty()) {
            result += result.empty() ? "" : "; ";
            result += line;
        }
    }
    return result;
}

namespace {

/// How many bytes the UTF-8 character at the front of `text` has; 0 when it is none.
std::size_t character_length(std::string_view text) {
    const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
    const unsigned char first = byte(0);
    if (first < 0x80) {
        return first == 0 ? 0 : 1;
    }
    const std::size_t length = first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : 2;
    if (first < 0xc2 || first > 0xf4 || text.size() < length) {
        return 0;
    }
    for (std::size_t i = 1; i < length; ++i) {
        if ((byte(i) & 0xc0) != 0x80) {
            return 0;
        }
    }
    // Too long a form, a surrogate, or beyond U+10FFFF.
    const unsigned char second = byte(1);
    const bool wrong = (first == 0xe0 && second < 0xa0) || (first == 0xed && second > 0x9f) ||
                       (first == 0xf0 && second < 0x90) || (first == 0xf4 && second > 0x8f);
    return wrong ? 0 : length;
}

}  // namespace

std::string storable(std::string_view text, std::size_t bytes_max) {
    std::string result;
    while (!text.empty()) {
        const std::size_t length = character_length(text);
        const std::size_t taken = length == 0 ? 1 : length;
        if (result.size() + taken > bytes_max) {
            break;
        }
        result += length == 0 ? std::string_view{"?"} : text.substr(0, length);
        text.remove_prefix(taken);
    }
    return result;
}

}  // namespace leasehold
