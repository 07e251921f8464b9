#include "worker/cli/part_strip.hpp"

#include <algorithm>
#include <map>
#include <string_view>

namespace leasehold {

namespace {

constexpr std::string_view letters =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
constexpr char letter_of_the_rest = '#';
constexpr char letter_of_nobody = '.';
constexpr std::size_t strip_width = 64;
constexpr std::size_t number_width = 4;

std::string line_number(std::size_t part) {
    auto text = std::to_string(part);
    text.insert(0, number_width - std::min(number_width, text.size()), ' ');
    return text + " ";
}

}  // namespace

char session_letter(std::size_t place) {
    return place < letters.size() ? letters[place] : letter_of_the_rest;
}

std::string short_id(const session_id& id) { return to_text(id).substr(0, 8); }

std::string part_strip(const std::vector<session_id>& sessions,
                       const std::vector<std::optional<session_id>>& by_part) {
    std::map<session_id, char> marks;
    for (std::size_t i = 0; i < sessions.size(); ++i) {
        marks[sessions[i]] = session_letter(i);
    }
    std::string strip;
    for (const auto& one : by_part) {
        const auto mark = one ? marks.find(*one) : marks.end();
        strip += mark == marks.end() ? letter_of_nobody : mark->second;
    }
    if (strip.size() <= strip_width) {
        return strip + "\n";
    }
    std::string wrapped;
    for (std::size_t at = 0; at < strip.size(); at += strip_width) {
        wrapped += line_number(at) + strip.substr(at, strip_width) + "\n";
    }
    return wrapped;
}

}  // namespace leasehold
