#include "worker/cli/json_text.hpp"

#include <array>
#include <cassert>
#include <charconv>
#include <cstdint>
#include <limits>
#include <optional>

#include "base/utf8_text.hpp"

namespace leasehold {
namespace {

/// PostgreSQL's numeric: digits before and after the decimal point (its manual, 8.1.2).
constexpr std::int64_t whole_digits_max = 131'072;
constexpr std::int64_t fraction_digits_max = 16'383;

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_blank(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }
bool is_high_surrogate(unsigned unit) { return unit >= 0xD800 && unit <= 0xDBFF; }
bool is_low_surrogate(unsigned unit) { return unit >= 0xDC00 && unit <= 0xDFFF; }

/// The four hexadecimal digits that `text` begins with.
std::optional<unsigned> hex_unit(std::string_view text) {
    unsigned unit = 0;
    const std::string_view digits = text.substr(0, 4);
    const auto end = std::from_chars(digits.data(), digits.data() + digits.size(), unit, 16);
    if (digits.size() < 4 || end.ptr != digits.data() + digits.size()) {
        return std::nullopt;
    }
    return unit;
}

/// The character that an escape such as `\n` stands for; `escape` is the one after the backslash.
std::optional<char> simple_escape(char escape) {
    switch (escape) {
        case '"':
        case '\\':
        case '/': return escape;
        case 'b': return '\b';
        case 'f': return '\f';
        case 'n': return '\n';
        case 'r': return '\r';
        case 't': return '\t';
        default: return std::nullopt;
    }
}

/// The parts of a number that was read: -whole.fraction e exponent.
struct number_parts {
    std::string_view whole;
    std::string_view fraction;
    std::string_view exponent;  ///< with its sign, if it has one
};

/// Whether PostgreSQL's numeric can hold the number.
bool fits_numeric(const number_parts& parts) {
    std::int64_t exponent = 0;
    if (!parts.exponent.empty()) {
        const std::size_t sign = parts.exponent.front() == '+' ? 1 : 0;
        const std::string_view digits = parts.exponent.substr(sign);
        const auto end = std::from_chars(digits.data(), digits.data() + digits.size(), exponent);
        // Far above any answer below, and far below where PostgreSQL's own sums overflow.
        if (end.ec != std::errc{} || exponent > 1'000'000'000 || exponent < -1'000'000'000) {
            return false;
        }
    }
    if (static_cast<std::int64_t>(parts.fraction.size()) - exponent > fraction_digits_max) {
        return false;
    }
    if (parts.whole != "0") {
        return static_cast<std::int64_t>(parts.whole.size()) + exponent <= whole_digits_max;
    }
    const std::size_t zeros = parts.fraction.find_first_not_of('0');
    return zeros == std::string_view::npos ||
           exponent - static_cast<std::int64_t>(zeros) <= whole_digits_max;
}

/// Moves over a text and checks it. The only state is the position.
class json_scanner {
public:
    json_scanner(std::string_view text, std::size_t depth_max)
        : text_{text}, depth_max_{depth_max} {}

    json_value whole_text() {
        skip_blanks();
        if (at_end()) {
            fail("the text is empty; an empty value is written null, {} or \"\"");
        }
        const json_value value = next_value(0);
        skip_blanks();
        if (!at_end()) {
            fail("expected nothing after the value, found " + found());
        }
        return value;
    }

    /// The members of the object that the text is; it was scanned before.
    std::vector<json_member> members() {
        std::vector<json_member> members;
        walk_object(1, [&members](const json_value& name, const json_value& value) {
            members.push_back({.name = json_decoded(name), .value = value});
        });
        return members;
    }

private:
    [[noreturn]] void fail(const std::string& what) const { throw json_error{at_ + 1, what}; }

    bool at_end() const { return at_ == text_.size(); }
    bool next_is(char c) const { return !at_end() && text_[at_] == c; }

    bool take(char c) {
        const bool taken = next_is(c);
        at_ += taken ? 1 : 0;
        return taken;
    }

    void skip_blanks() {
        while (!at_end() && is_blank(text_[at_])) {
            ++at_;
        }
    }

    std::string found() const {
        if (at_end()) {
            return "the end of the text";
        }
        if (text_[at_] == '\0') {
            return "a NUL byte";
        }
        const auto character = first_character(text_.substr(at_));
        return quoted_excerpt(text_.substr(at_, character ? character->bytes : 1));
    }

    json_value next_value(std::size_t depth) {
        const std::size_t begin = at_;
        const json_kind kind = skip_value(depth);
        return {.kind = kind, .text = text_.substr(begin, at_ - begin)};
    }

    json_kind skip_value(std::size_t depth) {
        const char c = at_end() ? '\0' : text_[at_];
        if (c == '{') {
            walk_object(depth + 1, [](const json_value&, const json_value&) {});
            return json_kind::object;
        }
        if (c == '[') {
            skip_array(depth + 1);
            return json_kind::array;
        }
        if (c == '"') {
            skip_string();
            return json_kind::string;
        }
        if (c == '-' || is_digit(c)) {
            skip_number();
            return json_kind::number;
        }
        if (skip_word("true") || skip_word("false")) {
            return json_kind::boolean;
        }
        if (skip_word("null")) {
            return json_kind::null;
        }
        fail("expected a JSON value, found " + found() +
             (depth == 0 && !at_end() && c != '\0' ? "; plain text needs double quotes" : ""));
    }

    bool skip_word(std::string_view word) {
        if (text_.substr(at_, word.size()) != word) {
            return false;
        }
        at_ += word.size();
        return true;
    }

    void check_depth(std::size_t depth) const {
        if (depth > depth_max_) {
            fail("nested more than " + std::to_string(depth_max_) + " levels deep");
        }
    }

    /// Moves over an object and calls `on_member(name, value)` for each member.
    template <class OnMember>
    void walk_object(std::size_t depth, OnMember on_member) {
        check_depth(depth);
        ++at_;
        skip_blanks();
        if (take('}')) {
            return;
        }
        while (true) {
            if (!next_is('"')) {
                fail("expected a member's name in double quotes, found " + found());
            }
            const std::size_t begin = at_;
            skip_string();
            const json_value name{.kind = json_kind::string,
                                  .text = text_.substr(begin, at_ - begin)};
            skip_blanks();
            if (!take(':')) {
                fail("expected ':' after the member's name, found " + found());
            }
            skip_blanks();
            on_member(name, next_value(depth));
            skip_blanks();
            if (take('}')) {
                return;
            }
            if (!take(',')) {
                fail("expected ',' or '}' after the member's value, found " + found());
            }
            skip_blanks();
        }
    }

    void skip_array(std::size_t depth) {
        check_depth(depth);
        ++at_;
        skip_blanks();
        if (take(']')) {
            return;
        }
        while (true) {
            skip_value(depth);
            skip_blanks();
            if (take(']')) {
                return;
            }
            if (!take(',')) {
                fail("expected ',' or ']' after the array's element, found " + found());
            }
            skip_blanks();
        }
    }

    std::string_view skip_digits(const char* where) {
        const std::size_t begin = at_;
        while (!at_end() && is_digit(text_[at_])) {
            ++at_;
        }
        if (at_ == begin) {
            fail(std::string{"expected a digit "} + where + ", found " + found());
        }
        return text_.substr(begin, at_ - begin);
    }

    void skip_number() {
        const std::size_t begin = at_;
        number_parts parts;
        take('-');
        if (take('0')) {
            parts.whole = "0";
            if (!at_end() && is_digit(text_[at_])) {
                fail("a number must not begin with a needless 0; a code with zeros is a string");
            }
        } else {
            parts.whole = skip_digits("after '-'");
        }
        if (take('.')) {
            parts.fraction = skip_digits("after the decimal point");
        }
        if (take('e') || take('E')) {
            const std::size_t sign = at_;
            if (!take('-')) {
                take('+');
            }
            skip_digits("in the exponent");
            parts.exponent = text_.substr(sign, at_ - sign);
        }
        if (!fits_numeric(parts)) {
            at_ = begin;
            fail("number outside PostgreSQL's numeric range; write it as a string");
        }
    }

    void skip_string() {
        ++at_;
        while (!take('"')) {
            if (at_end()) {
                fail("expected '\"' at the end of the string, found " + found());
            }
            const auto byte = static_cast<unsigned char>(text_[at_]);
            if (byte == '\\') {
                skip_escape();
            } else if (byte == 0) {
                fail(
                    "a NUL byte, which PostgreSQL cannot store; remove it or encode the data as "
                    "base64");
            } else if (byte < 0x20) {
                fail("control character " + found() + " in a string must be written as an escape");
            } else if (byte < 0x80) {
                ++at_;
            } else {
                const auto character = first_character(text_.substr(at_));
                if (!character) {
                    fail("invalid UTF-8, found " + found() +
                         "; convert the text, or encode binary data as base64");
                }
                at_ += character->bytes;
            }
        }
    }

    /// Moves over one escape, or two that make up a surrogate pair.
    void skip_escape() {
        const std::size_t begin = at_;
        const std::string_view rest = text_.substr(at_ + 1);
        if (!rest.empty() && simple_escape(rest.front())) {
            at_ += 2;
            return;
        }
        const std::optional<unsigned> unit =
            rest.substr(0, 1) == "u" ? hex_unit(rest.substr(1)) : std::nullopt;
        if (!unit) {
            fail("unknown escape in a string; a backslash itself is written \\\\");
        }
        if (*unit == 0) {
            fail(
                "the escape \\u0000, which PostgreSQL cannot store; remove it or encode the data "
                "as base64");
        }
        at_ += 6;
        if (is_high_surrogate(*unit) && text_.substr(at_, 2) == "\\u") {
            const std::optional<unsigned> low = hex_unit(text_.substr(at_ + 2));
            if (low && is_low_surrogate(*low)) {
                at_ += 6;
                return;
            }
        }
        if (is_high_surrogate(*unit) || is_low_surrogate(*unit)) {
            at_ = begin;
            fail("unpaired surrogate " + std::string{text_.substr(begin, 6)} +
                 ", which stands for no character");
        }
    }

    std::string_view text_;
    std::size_t depth_max_;
    std::size_t at_{0};
};

}  // namespace

std::string_view kind_name(json_kind kind) {
    switch (kind) {
        case json_kind::null: return "null";
        case json_kind::boolean: return "a boolean";
        case json_kind::number: return "a number";
        case json_kind::string: return "a string";
        case json_kind::array: return "an array";
        case json_kind::object: return "an object";
    }
    return "";
}

json_value scan_json(std::string_view text, std::size_t depth_max) {
    return json_scanner{text, depth_max}.whole_text();
}

std::vector<json_member> json_members(const json_value& object) {
    assert(object.kind == json_kind::object);
    return json_scanner{object.text, std::numeric_limits<std::size_t>::max()}.members();
}

std::string json_decoded(const json_value& string) {
    assert(string.kind == json_kind::string && string.text.size() >= 2);
    std::string decoded;
    std::string_view rest = string.text.substr(1, string.text.size() - 2);
    while (!rest.empty()) {
        const std::size_t plain = rest.find('\\');
        decoded += rest.substr(0, plain);
        if (plain == std::string_view::npos) {
            break;
        }
        rest.remove_prefix(plain + 1);
        if (const std::optional<char> simple = simple_escape(rest.front())) {
            decoded += *simple;
            rest.remove_prefix(1);
            continue;
        }
        // The scan has made sure of four digits, and of a low half behind a high one.
        char32_t code = *hex_unit(rest.substr(1));
        rest.remove_prefix(5);
        if (is_high_surrogate(static_cast<unsigned>(code))) {
            const char32_t low = *hex_unit(rest.substr(2));
            code = 0x10000 + ((code - 0xD800) << 10U) + (low - 0xDC00);
            rest.remove_prefix(6);
        }
        append_utf8(decoded, code);
    }
    return decoded;
}

std::string json_encoded(std::string_view text) {
    static constexpr std::string_view digits = "0123456789abcdef";
    std::string encoded = "\"";
    for (const char c : text) {
        const auto byte = static_cast<unsigned char>(c);
        if (c == '"' || c == '\\') {
            encoded += '\\';
            encoded += c;
        } else if (c == '\n') {
            encoded += "\\n";
        } else if (c == '\r') {
            encoded += "\\r";
        } else if (c == '\t') {
            encoded += "\\t";
        } else if (byte < 0x20) {
            encoded += "\\u00";
            encoded += digits[byte >> 4U];
            encoded += digits[byte & 0x0FU];
        } else {
            encoded += c;
        }
    }
    encoded += '"';
    return encoded;
}

}  // namespace leasehold
