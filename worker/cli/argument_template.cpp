#include "worker/cli/argument_template.hpp"

#include <algorithm>
#include <optional>
#include <stdexcept>
#include <utility>

#include "worker/cli/payload_text.hpp"

namespace leasehold {
namespace {

bool begins_name(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; }

bool continues_name(char c) { return begins_name(c) || (c >= '0' && c <= '9'); }

std::size_t run_length(std::string_view text, char c) {
    return std::min(text.find_first_not_of(c), text.size());
}

/// A name between braces at the front of a text.
struct braced_name {
    std::size_t opening;  ///< braces before the name
    std::string_view name;
    std::size_t closing;  ///< braces after it
};

std::optional<braced_name> braced_name_in_front(std::string_view text) {
    braced_name found{.opening = run_length(text, '{'), .name = {}, .closing = 0};
    text.remove_prefix(found.opening);
    if (found.opening == 0 || text.empty() || !begins_name(text.front())) {
        return std::nullopt;
    }
    const auto end = std::find_if_not(text.begin(), text.end(), continues_name);
    found.name = text.substr(0, static_cast<std::size_t>(end - text.begin()));
    found.closing = run_length(text.substr(found.name.size()), '}');
    return found.closing == 0 ? std::nullopt : std::optional{found};
}

}  // namespace

payload_fields::payload_fields(std::string_view payload) {
    const json_value whole = scan_json(payload, payload_depth_max);
    payload_kind_ = whole.kind;
    if (whole.kind != json_kind::object) {
        return;
    }
    for (const json_member& member : json_members(whole)) {
        field read{.kind = member.value.kind, .text = {}};
        if (read.kind == json_kind::string) {
            read.text = json_decoded(member.value);
        } else if (read.kind == json_kind::number || read.kind == json_kind::boolean) {
            read.text = std::string{member.value.text};
        }
        fields_.insert_or_assign(member.name, std::move(read));
    }
}

const std::string& payload_fields::text_of(const std::string& name) const {
    const auto found = fields_.find(name);
    if (found == fields_.end()) {
        const std::string remedy =
            "; to pass the text {" + name + "} itself write {{" + name + "}}";
        if (payload_kind_ != json_kind::object) {
            throw std::invalid_argument{"payload is " + std::string{kind_name(payload_kind_)} +
                                        " and has no field '" + name + "'" + remedy};
        }
        throw std::invalid_argument{"payload has no field '" + name + "'" + remedy};
    }
    const json_kind kind = found->second.kind;
    if (kind == json_kind::null || kind == json_kind::array || kind == json_kind::object) {
        throw std::invalid_argument{"payload field '" + name + "' is " +
                                    std::string{kind_name(kind)} +
                                    "; an argument needs a string, a number or a boolean"};
    }
    return found->second.text;
}

argument_template::argument_template(std::string_view text) {
    std::string literal;
    while (!text.empty()) {
        const std::optional<braced_name> found = braced_name_in_front(text);
        if (!found) {
            // All braces of a run at once: a shorter run of the same braces is no reference
            // either.
            const std::size_t length = std::max<std::size_t>(run_length(text, '{'), 1);
            literal += text.substr(0, length);
            text.remove_prefix(length);
            continue;
        }
        // Braces that have no partner on the other side are literal; of the others each doubled
        // pair stands for one, and a single pair that is left over is the reference.
        const std::size_t pairs = std::min(found->opening, found->closing);
        literal += std::string(found->opening - pairs + pairs / 2, '{');
        if (pairs % 2 == 1) {
            pieces_.push_back({.literal = literal, .field_name = std::string{found->name}});
            literal.clear();
        } else {
            literal += found->name;
        }
        literal += std::string(pairs / 2 + found->closing - pairs, '}');
        text.remove_prefix(found->opening + found->name.size() + found->closing);
    }
    if (!literal.empty()) {
        pieces_.push_back({.literal = literal, .field_name = {}});
    }
}

std::string argument_template::expanded(const payload_fields& payload) const {
    std::string argument;
    for (const piece& next : pieces_) {
        argument += next.literal;
        if (!next.field_name.empty()) {
            argument += payload.text_of(next.field_name);
        }
    }
    return argument;
}

std::vector<std::string> argument_template::field_names() const {
    std::vector<std::string> names;
    for (const piece& next : pieces_) {
        if (!next.field_name.empty()) {
            names.push_back(next.field_name);
        }
    }
    return names;
}

}  // namespace leasehold
