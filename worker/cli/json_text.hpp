#pragma once

#include <cstddef>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

/// JSON as text: checked and cut into slices, never turned into doubles, so that what a user wrote
/// (12345678901234567890123, 1.10, 1e400) reaches the database and the handler digit by digit.
/// A DOM library would lose those digits and accepts texts that PostgreSQL's jsonb refuses.

namespace leasehold {

enum class json_kind { null, boolean, number, string, array, object };

/// The word for `kind` in a message: "null", "a boolean", "a number", "a string", ...
std::string_view kind_name(json_kind kind);

/// A slice of checked text, without blanks around it. Lives as long as the text it was cut from.
struct json_value {
    json_kind kind;
    std::string_view text;
};

struct json_member {
    std::string name;  ///< decoded
    json_value value;
};

/// The text is not JSON that PostgreSQL's jsonb can store.
class json_error : public std::invalid_argument {
public:
    /// @param byte  where, counted from 1
    /// @param what  what is wrong there, and the remedy if it is not plain; one line
    json_error(std::size_t byte, const std::string& what)
        : std::invalid_argument{"byte " + std::to_string(byte) + ": " + what}, byte_{byte} {}

    std::size_t byte() const noexcept { return byte_; }

private:
    std::size_t byte_;
};

/// Checks that `text` is one JSON value (RFC 8259) that jsonb can store: well-formed UTF-8, no NUL
/// raw or escaped, no unpaired surrogate, numbers within numeric's range, and nesting of at most
/// `depth_max` arrays and objects. A name that occurs twice in an object is accepted, as by jsonb.
///
/// @throws json_error for the first thing that is wrong
json_value scan_json(std::string_view text, std::size_t depth_max);

/// The members of a scanned object, in the order written, doubled names included.
std::vector<json_member> json_members(const json_value& object);

/// The text that a scanned string stands for.
std::string json_decoded(const json_value& string);

/// `text`, which is well-formed UTF-8 without NUL, as a JSON string in double quotes.
std::string json_encoded(std::string_view text);

}  // namespace leasehold
