#include "worker/cli/payload_text.hpp"

#include <charconv>
#include <chrono>
#include <cstdint>
#include <limits>
#include <set>
#include <stdexcept>
#include <utility>
#include <vector>

#include "base/utf8_text.hpp"
#include "worker/cli/json_text.hpp"

namespace leasehold {
namespace {

constexpr std::string_view known_members =
    "payload, id, run_at, key, dedupe, priority, max_attempts";
constexpr int attempts_max = 1000;

/// Reads a text from its front; every `take` either moves on or leaves the position as it is.
class shape_reader {
public:
    explicit shape_reader(std::string_view text) : rest_{text} {}

    bool at_end() const { return rest_.empty(); }

    bool take_one_of(std::string_view characters) {
        if (rest_.empty() || characters.find(rest_.front()) == std::string_view::npos) {
            return false;
        }
        rest_.remove_prefix(1);
        return true;
    }

    /// Exactly `count` decimal digits, as a number.
    std::optional<int> take_digits(std::size_t count) {
        const std::string_view digits = rest_.substr(0, count);
        if (digits.size() < count || digits_in_front() < count) {
            return std::nullopt;
        }
        int value = 0;
        std::from_chars(digits.data(), digits.data() + count, value);
        rest_.remove_prefix(count);
        return value;
    }

    std::size_t digits_in_front() const {
        const std::size_t end = rest_.find_first_not_of("0123456789");
        return end == std::string_view::npos ? rest_.size() : end;
    }

private:
    std::string_view rest_;
};

bool within(std::optional<int> value, int most) { return value && *value <= most; }

bool take_date(shape_reader& text) {
    const std::optional<int> year = text.take_digits(4);
    const bool first = text.take_one_of("-");
    const std::optional<int> month = text.take_digits(2);
    const bool second = text.take_one_of("-");
    const std::optional<int> day = text.take_digits(2);
    if (!year || !first || !month || !second || !day || *year < 1) {
        return false;
    }
    return std::chrono::year_month_day{std::chrono::year{*year},
                                       std::chrono::month{static_cast<unsigned>(*month)},
                                       std::chrono::day{static_cast<unsigned>(*day)}}
        .ok();
}

bool take_time(shape_reader& text) {
    if (!within(text.take_digits(2), 23) || !text.take_one_of(":") ||
        !within(text.take_digits(2), 59)) {
        return false;
    }
    if (!text.take_one_of(":")) {
        return true;
    }
    if (!within(text.take_digits(2), 59)) {
        return false;
    }
    if (!text.take_one_of(".")) {
        return true;
    }
    const std::size_t decimals = text.digits_in_front();
    return decimals >= 1 && decimals <= 9 && text.take_digits(decimals);
}

bool take_offset(shape_reader& text) {
    if (text.take_one_of("Zz")) {
        return true;
    }
    if (!text.take_one_of("+-") || !within(text.take_digits(2), 15)) {
        return false;
    }
    if (text.take_one_of(":")) {
        return within(text.take_digits(2), 59);
    }
    return text.at_end() || within(text.take_digits(2), 59);
}

bool is_moment(std::string_view value) {
    shape_reader text{value};
    return take_date(text) && text.take_one_of("Tt ") && take_time(text) && take_offset(text) &&
           text.at_end();
}

/// The UUID in lower case with hyphens, or nothing if `value` is none.
std::optional<std::string> canonical_uuid(std::string_view value) {
    static constexpr std::string_view digits = "0123456789abcdefABCDEF";
    const bool hyphens = value.size() == 36;
    if (!hyphens && value.size() != 32) {
        return std::nullopt;
    }
    std::string uuid;
    for (const char c : value) {
        const std::size_t length = uuid.size();
        const bool boundary = length == 8 || length == 13 || length == 18 || length == 23;
        if (boundary) {
            uuid += '-';
            if (hyphens) {
                if (c != '-') {
                    return std::nullopt;
                }
                continue;
            }
        }
        if (digits.find(c) == std::string_view::npos) {
            return std::nullopt;
        }
        uuid += c >= 'A' && c <= 'F' ? static_cast<char>(c - 'A' + 'a') : c;
    }
    return uuid;
}

/// A value for a message: a string without its JSON quotes, anything else as it is written.
std::string shown(const json_value& value) {
    return value.kind == json_kind::string ? quoted_excerpt(json_decoded(value))
                                           : quoted_excerpt(value.text);
}

[[noreturn]] void refuse(const std::string& member, const std::string& wanted,
                         const json_value& value) {
    throw std::invalid_argument{member + " must be " + wanted + ", not " + shown(value)};
}

std::string string_member(const json_member& member, const std::string& wanted) {
    if (member.value.kind != json_kind::string) {
        refuse(member.name, wanted, member.value);
    }
    return json_decoded(member.value);
}

int integer_member(const json_member& member, int least, int most) {
    const std::string_view text = member.value.text;
    int value = 0;
    const auto end = std::from_chars(text.data(), text.data() + text.size(), value);
    if (member.value.kind != json_kind::number || end.ec != std::errc{} ||
        end.ptr != text.data() + text.size() || value < least || value > most) {
        refuse(member.name,
               "a whole number from " + std::to_string(least) + " to " + std::to_string(most),
               member.value);
    }
    return value;
}

std::string id_member(const json_member& member) {
    static const std::string wanted = "a UUID such as 0b51f5de-6c2e-4b0c-9d39-5e1a7c7c1f42";
    const std::optional<std::string> uuid = canonical_uuid(string_member(member, wanted));
    if (!uuid) {
        refuse(member.name, wanted, member.value);
    }
    return *uuid;
}

std::string run_at_member(const json_member& member) {
    static const std::string wanted =
        "a date and time with its offset, such as "
        "2026-11-21T10:00:00Z or 2026-11-21 10:00:00+02";
    std::string moment = string_member(member, wanted);
    if (!is_moment(moment)) {
        refuse(member.name, wanted, member.value);
    }
    return moment;
}

std::vector<json_member> item_members(std::string_view line) {
    try {
        const json_value object = scan_json(line, payload_depth_max + 1);
        if (object.kind != json_kind::object) {
            throw std::invalid_argument{
                "an item must be a JSON object such as {\"payload\": {\"n\": 1}}, not " +
                shown(object)};
        }
        return json_members(object);
    } catch (const json_error& error) {
        throw std::invalid_argument{std::string{"not a valid JSON object, "} + error.what()};
    }
}

/// Puts one member into `item`, by its name.
item_line with_member(item_line item, const json_member& member, std::size_t payload_max) {
    if (member.name == "payload") {
        if (const auto problem = payload_problem(member.value.text, payload_max)) {
            throw std::invalid_argument{*problem};
        }
        item.payload = std::string{member.value.text};
    } else if (member.value.kind == json_kind::null) {
        return item;
    } else if (member.name == "id") {
        item.id = id_member(member);
    } else if (member.name == "run_at") {
        item.run_at = run_at_member(member);
    } else if (member.name == "key") {
        item.key = string_member(member, "a string");
    } else if (member.name == "dedupe") {
        item.dedupe = string_member(member, "a string");
    } else if (member.name == "priority") {
        item.priority = integer_member(member, std::numeric_limits<std::int32_t>::min(),
                                       std::numeric_limits<std::int32_t>::max());
    } else {
        item.max_attempts = integer_member(member, 1, attempts_max);
    }
    return item;
}

bool is_known(std::string_view name) {
    static const std::set<std::string_view> names{"payload", "id",       "run_at",      "key",
                                                  "dedupe",  "priority", "max_attempts"};
    return names.count(name) != 0;
}

}  // namespace

std::optional<std::string> payload_problem(std::string_view text, std::size_t bytes_max) {
    if (text.size() > bytes_max) {
        return "payload is " + std::to_string(text.size()) + " bytes, the limit is " +
               std::to_string(bytes_max) +
               ": keep large data elsewhere and enqueue a reference to it";
    }
    try {
        scan_json(text, payload_depth_max);
    } catch (const json_error& error) {
        return std::string{"payload is not valid JSON, "} + error.what();
    }
    return std::nullopt;
}

std::string line_payload(std::string_view line) {
    if (line.find('\0') != std::string_view::npos) {
        throw std::invalid_argument{
            "the line has a NUL byte, which PostgreSQL cannot store; encode binary data as "
            "base64"};
    }
    for (std::size_t at = 0; at < line.size();) {
        const auto character = first_character(line.substr(at));
        if (!character) {
            throw std::invalid_argument{"the line is not valid UTF-8 at byte " +
                                        std::to_string(at + 1) + ", found " +
                                        quoted_excerpt(line.substr(at, 1)) +
                                        "; convert it first, for example with iconv -t UTF-8"};
        }
        at += character->bytes;
    }
    return "{\"line\": " + json_encoded(line) + "}";
}

item_line parse_item_line(std::string_view line, std::size_t payload_max) {
    const std::vector<json_member> members = item_members(line);
    item_line item;
    std::set<std::string_view> seen;
    for (const json_member& member : members) {
        if (!is_known(member.name)) {
            throw std::invalid_argument{"unknown member " + quoted_excerpt(member.name) +
                                        "; known are " + std::string{known_members}};
        }
        if (!seen.insert(member.name).second) {
            throw std::invalid_argument{"the member " + quoted_excerpt(member.name) +
                                        " is there twice"};
        }
        item = with_member(std::move(item), member, payload_max);
    }
    if (seen.count("payload") == 0) {
        throw std::invalid_argument{"the member 'payload' is missing in " + quoted_excerpt(line)};
    }
    return item;
}

}  // namespace leasehold
