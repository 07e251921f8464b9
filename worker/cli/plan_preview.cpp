#include "worker/cli/plan_preview.hpp"

#include "base/utf8_text.hpp"
#include "worker/cli/session_argument.hpp"

#include <algorithm>
#include <cassert>
#include <charconv>
#include <map>
#include <set>
#include <stdexcept>

namespace leasehold {

namespace {

constexpr int more_max = 1'000;

/// The number behind the plus.
int count_from(const std::string& text) {
    int count = 0;
    const auto* const end = text.data() + text.size();
    const auto read = std::from_chars(text.data() + 1, end, count);
    if (read.ec != std::errc{} || read.ptr != end || count < 1 || count > more_max) {
        throw std::invalid_argument("--sessions is " + quoted_excerpt(text) +
                                    "; behind + it must be a whole number from 1 to " +
                                    std::to_string(more_max));
    }
    return count;
}

std::set<session_id> those_that_go(const std::string& queue, const plan_record& record,
                                   const std::vector<std::string>& words) {
    std::vector<seated_session> seats;
    for (const auto& row : record.sessions) {
        seats.push_back({.queue = queue, .row = row});
    }
    std::set<session_id> gone;
    for (const auto& one : words) {
        gone.insert(the_seat_meant(seats, one, queue).row.id);
    }
    return gone;
}

std::vector<std::optional<session_id>> after(const plan_record& record,
                                             const plan_changes& changes) {
    auto planned = record.planned;
    for (const auto& one : changes.parts) {
        planned[static_cast<std::size_t>(one.part.value)] = one.to;
    }
    return planned;
}

std::vector<plan_move> moves_of(const plan_record& record, const plan_changes& changes) {
    std::vector<plan_move> moves;
    for (const auto& one : changes.parts) {
        const auto part = static_cast<int>(one.part.value);
        const auto& from = record.planned[static_cast<std::size_t>(part)];
        const bool goes_on = !moves.empty() && moves.back().last == part - 1 &&
                             moves.back().from == from && moves.back().to == one.to &&
                             moves.back().why == one.why;
        if (goes_on) {
            moves.back().last = part;
        } else {
            moves.push_back(
                {.first = part, .last = part, .from = from, .to = one.to, .why = one.why});
        }
    }
    return moves;
}

void count_parts(plan_preview& preview) {
    std::map<session_id, previewed_session*> by_id;
    for (auto& one : preview.sessions) {
        by_id[one.row.id] = &one;
    }
    const auto count = [&](const auto& planned, int previewed_session::*number) {
        for (const auto& one : planned) {
            const auto found = one ? by_id.find(*one) : by_id.end();
            if (found != by_id.end()) {
                ++(found->second->*number);
            }
        }
    };
    count(preview.before, &previewed_session::before);
    count(preview.after, &previewed_session::after);
}

}  // namespace

crew_wish crew_wish_from(const std::vector<std::string>& texts) {
    crew_wish wish;
    for (const auto& text : texts) {
        if (text.size() > 1 && text.front() == '+') {
            wish.more += count_from(text);
        } else if (text.size() > 1 && text.front() == '-') {
            wish.without.push_back(text.substr(1));
        } else {
            throw std::invalid_argument("--sessions is " + quoted_excerpt(text) +
                                        "; write +2 for two more, -NAME for one less");
        }
    }
    if (wish.more > more_max) {
        throw std::invalid_argument("--sessions adds " + std::to_string(wish.more) +
                                    " sessions; at most " + std::to_string(more_max));
    }
    return wish;
}

plan_preview preview_plan(const std::string& queue, plan_record record, const crew_wish& wish,
                          const std::vector<session_id>& ids) {
    assert(ids.size() == static_cast<std::size_t>(wish.more));
    plan_preview preview{.strategy = record.strategy, .number = record.number};
    const auto gone = those_that_go(queue, record, wish.without);
    for (const auto& row : record.sessions) {
        preview.sessions.push_back({.row = row, .goes = gone.contains(row.id)});
    }
    std::erase_if(record.sessions, [&](const auto& one) { return gone.contains(one.id); });
    for (std::size_t i = 0; i < ids.size(); ++i) {
        session_row row;
        row.id = ids[i];
        row.name = "new " + std::to_string(i + 1);
        row.state = "live";
        row.live = true;
        record.sessions.push_back(row);
        preview.sessions.push_back({.row = row, .is_new = true});
    }
    const auto changes = next_plan(record);
    preview.before = record.planned;
    preview.after = after(record, changes);
    preview.moves = moves_of(record, changes);
    preview.moved = static_cast<int>(changes.parts.size());
    count_parts(preview);
    record.strategy = "sticky";  // moves the fewest that even shares allow
    preview.least_possible = static_cast<int>(next_plan(record).parts.size());
    return preview;
}

}  // namespace leasehold
