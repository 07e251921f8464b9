#include "worker/notice_text.hpp"

#include <algorithm>
#include <charconv>
#include <optional>
#include <utility>

namespace leasehold {

namespace {

/// The next word of `text`, which goes on behind it; empty at the end.
std::string_view next_word(std::string_view& text) {
    text.remove_prefix(std::min(text.find_first_not_of(' '), text.size()));
    const auto word = text.substr(0, text.find(' '));
    text.remove_prefix(word.size());
    return word;
}

std::optional<part_id> part_from(std::string_view word) {
    part_id part;
    const auto* const end = word.data() + word.size();
    const auto [stop, error] = std::from_chars(word.data(), end, part.value);
    return error == std::errc{} && stop == end && part.value >= 0 ? std::optional{part}
                                                                  : std::nullopt;
}

template <class Name>
void add_once(std::vector<Name>& names, const Name& one) {
    if (std::find(names.begin(), names.end(), one) == names.end()) {
        names.push_back(one);
    }
}

}  // namespace

void add_notice(news& all, std::string_view notice) {
    const auto what = next_word(notice);
    if (what == "plan") {
        all.plan = true;
    } else if (what == "help") {
        all.help = true;
    } else if (what == "given") {
        for (auto word = next_word(notice); !word.empty(); word = next_word(notice)) {
            if (const auto id = uuid_from(word)) {
                add_once(all.given, session_id{*id});
            }
        }
    } else if (what == "items") {
        for (auto word = next_word(notice); !word.empty(); word = next_word(notice)) {
            if (word == "*") {
                all.anywhere = true;
            } else if (const auto part = part_from(word)) {
                add_once(all.parts, *part);
            }
        }
    }
}

}  // namespace leasehold
