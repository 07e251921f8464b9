#include "worker/cli/session_argument.hpp"

#include "base/utf8_text.hpp"
#include "worker/cli/part_strip.hpp"

#include <algorithm>
#include <cctype>
#include <iterator>
#include <stdexcept>

namespace leasehold {

namespace {

constexpr std::size_t prefix_min = 4;

bool begins_with(const session_id& id, std::string words) {
    std::transform(words.begin(), words.end(), words.begin(),
                   [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    return words.size() >= prefix_min && to_text(id).rfind(words, 0) == 0;
}

std::string listed(const std::vector<seated_session>& seats) {
    constexpr std::size_t shown_max = 10;
    std::string text;
    for (std::size_t i = 0; i < std::min(seats.size(), shown_max); ++i) {
        text += (i == 0 ? "" : ", ") + to_text(seats[i].row.id) + " (" +
                quoted_excerpt(seats[i].row.name) + " in queue " + seats[i].queue + ")";
    }
    return seats.size() > shown_max
               ? text + " and " + std::to_string(seats.size() - shown_max) + " more"
               : text;
}

}  // namespace

std::vector<seated_session> seats_meant(const std::vector<seated_session>& seats,
                                        const std::string& words) {
    if (const auto id = uuid_from(words)) {
        const auto found = std::find_if(seats.begin(), seats.end(), [&](const seated_session& one) {
            return one.row.id.value == *id;
        });
        if (found != seats.end()) {
            return {*found};
        }
    }
    std::vector<seated_session> meant;
    std::copy_if(seats.begin(), seats.end(), std::back_inserter(meant),
                 [&](const seated_session& one) {
                     return one.row.name == words || begins_with(one.row.id, words);
                 });
    // A worker that was killed and started anew has left an expired session of its name.
    const auto stands = [](const seated_session& one) { return one.row.live; };
    if (std::any_of(meant.begin(), meant.end(), stands)) {
        std::erase_if(meant, [&](const seated_session& one) { return !stands(one); });
    }
    return meant;
}

seated_session the_seat_meant(const std::vector<seated_session>& seats, const std::string& words,
                              const std::optional<std::string>& queue) {
    auto meant = seats_meant(seats, words);
    if (meant.empty()) {
        throw std::runtime_error("there is no session " + quoted_excerpt(words) +
                                 (queue ? " in queue " + *queue : "") +
                                 "; see them: leasehold sessions " + queue.value_or("QUEUE"));
    }
    if (meant.size() > 1) {
        throw std::runtime_error(quoted_excerpt(words) + " may be any of " +
                                 std::to_string(meant.size()) +
                                 " sessions; give the id: " + listed(meant));
    }
    return std::move(meant.front());
}

std::string seat_name(const session_row& row) { return row.name + " " + short_id(row.id); }

}  // namespace leasehold
