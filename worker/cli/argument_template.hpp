#pragma once

#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "worker/cli/json_text.hpp"

namespace leasehold {

/// The top-level fields of one item's payload, read once and asked for by many arguments.
class payload_fields {
public:
    /// @param payload  JSON text; of a name that occurs twice the last counts, as in jsonb
    /// @throws json_error when it is not valid JSON
    explicit payload_fields(std::string_view payload);

    /// The field as the text of an argument: a string as it is, a number or boolean as it is
    /// written in the payload, digit by digit.
    ///
    /// @throws std::invalid_argument naming the field when the payload has none of that name, or
    ///         it is null, an array or an object
    const std::string& text_of(const std::string& name) const;

private:
    struct field {
        json_kind kind;
        std::string text;  ///< empty unless it is a string, number or boolean
    };
    json_kind payload_kind_;
    std::map<std::string, field, std::less<>> fields_;
};

/// One argument of a command, in which {field} stands for that field of the payload. A field's
/// name is made of letters, digits and '_' and does not begin with a digit.
///
/// A name in doubled braces is literal: {{name}} gives {name}, and {{{name}}} gives the field's
/// text in braces. Every other brace is literal as it stands, so awk's {print $1} and JSON text
/// with fields in it need no care; a shell's ${HOME} does, and is written ${{HOME}}.
class argument_template {
public:
    /// Cannot fail: every text is a template.
    explicit argument_template(std::string_view text);

    /// The argument for one payload. May be empty, may hold blanks, quotes and line ends.
    ///
    /// @throws std::invalid_argument as payload_fields::text_of
    std::string expanded(const payload_fields& payload) const;

    /// The fields that the argument refers to, in order, doubled names included; none means that
    /// every payload gives the same argument.
    std::vector<std::string> field_names() const;

private:
    struct piece {
        std::string literal;     ///< comes first
        std::string field_name;  ///< empty in a piece that ends with its literal
    };
    std::vector<piece> pieces_;
};

}  // namespace leasehold
