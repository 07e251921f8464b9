#include "base/text.hpp"

#include "base/utf8_text.hpp"

#include <cstddef>

namespace leasehold {

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

std::string storable(std::string_view text, std::size_t bytes_max) {
    std::string result;
    while (!text.empty()) {
        const auto character = first_character(text);
        const bool fits = character && character->code != 0;
        const std::size_t taken = character ? character->bytes : 1;
        if (result.size() + taken > bytes_max) {
            break;
        }
        result += fits ? text.substr(0, taken) : std::string_view{"?"};
        text.remove_prefix(taken);
    }
    return result;
}

}  // namespace leasehold
