#include "worker/cli/status_view.hpp"

#include "parts/keyspace.hpp"
#include "worker/cli/text_table.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <array>
#include <cstdio>
#include <map>

namespace leasehold {

namespace {

constexpr std::string_view letters =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
constexpr char letter_of_the_rest = '#';
constexpr char letter_of_nobody = '.';
constexpr std::size_t strip_width = 64;

using json = nlohmann::ordered_json;

char letter_at(std::size_t place) {
    return place < letters.size() ? letters[place] : letter_of_the_rest;
}

std::string short_id(const session_id& id) { return to_text(id).substr(0, 8); }

/// "0.4 s", "12 s", "7 min", "31 h", "5 d".
std::string duration_text(milliseconds age) {
    const auto seconds = static_cast<double>(age.count()) / 1000.0;
    std::array<char, 32> text{};
    if (seconds < 10) {
        std::snprintf(text.data(), text.size(), "%.1f s", seconds);
    } else if (seconds < 120) {
        std::snprintf(text.data(), text.size(), "%.0f s", seconds);
    } else if (seconds < 7200) {
        std::snprintf(text.data(), text.size(), "%.0f min", seconds / 60);
    } else if (seconds < 172'800) {
        std::snprintf(text.data(), text.size(), "%.0f h", seconds / 3600);
    } else {
        std::snprintf(text.data(), text.size(), "%.0f d", seconds / 86'400);
    }
    return text.data();
}

std::string padded(std::string text, std::size_t width) {
    text.insert(0, width - std::min(width, text.size()), ' ');
    return text;
}

json or_null(const std::optional<milliseconds>& age) {
    return age ? json(age->count()) : json(nullptr);
}

}  // namespace

json sessions_json(const queue_status& status) {
    auto rows = json::array();
    for (const auto& one : status.sessions) {
        rows.push_back({{"id", to_text(one.row.id)},
                        {"name", one.row.name},
                        {"pid", one.row.pid},
                        {"host", one.row.host},
                        {"state", one.state()},
                        {"part_count", one.part_count},
                        {"claimed", one.claimed},
                        {"heartbeat_age_ms", one.row.heartbeat_age.count()}});
    }
    return rows;
}

json status_json(const queue_status& status) {
    return {{"queue", status.queue.name},
            {"parts", status.queue.part_count},
            {"strategy", status.queue.strategy},
            {"generation", status.queue.generation},
            {"audit", status.queue.audit},
            {"sessions", sessions_json(status)},
            {"items",
             {{"ready", status.items.ready},
              {"scheduled", status.items.scheduled},
              {"claimed", status.items.claimed},
              {"dead", status.dead}}},
            {"unowned_parts", status.unowned_parts},
            {"oldest_ready_age_ms", or_null(status.items.oldest_ready_age)}};
}

json parts_json(const queue_status& status) {
    auto rows = json::array();
    for (const auto& one : status.parts) {
        rows.push_back({{"part", one.part.value},
                        {"lower", to_text(lowest_id(one.part, status.queue.part_count))},
                        {"upper", to_text(highest_id(one.part, status.queue.part_count))},
                        {"owner", one.owner ? json(to_text(*one.owner)) : json(nullptr)},
                        {"epoch", one.last_term.value},
                        {"ready", one.items.ready},
                        {"claimed", one.items.claimed}});
    }
    return rows;
}

std::string ownership_strip(const queue_status& status) {
    std::map<session_id, char> marks;
    for (std::size_t i = 0; i < status.sessions.size(); ++i) {
        marks[status.sessions[i].row.id] = letter_at(i);
    }
    std::string strip;
    for (const auto& one : status.parts) {
        strip += one.owner ? marks[*one.owner] : letter_of_nobody;
    }
    if (strip.size() <= strip_width) {
        return strip + "\n";
    }
    std::string wrapped;
    for (std::size_t at = 0; at < strip.size(); at += strip_width) {
        wrapped += padded(std::to_string(at), 4) + " " + strip.substr(at, strip_width) + "\n";
    }
    return wrapped;
}

std::string sessions_text(const queue_status& status) {
    text_table table{
        {"", "SESSION", "ID", "HOST", "PID", "STATE", "PARTS", "CLAIMED", "HEARTBEAT"}};
    for (std::size_t i = 0; i < status.sessions.size(); ++i) {
        const auto& one = status.sessions[i];
        table.add({std::string(1, letter_at(i)), one.row.name, short_id(one.row.id), one.row.host,
                   std::to_string(one.row.pid), one.state(), std::to_string(one.part_count),
                   std::to_string(one.claimed), duration_text(one.row.heartbeat_age) + " ago"});
    }
    return table.text();
}

std::string status_text(const queue_status& status) {
    const auto count = [](std::int64_t number) { return std::to_string(number); };
    std::string text = "queue " + status.queue.name + "   " + count(status.queue.part_count) +
                       (status.queue.part_count == 1 ? " part" : " parts") + ", " +
                       status.queue.strategy + ", generation " + count(status.queue.generation) +
                       (status.queue.audit == "off" ? "" : ", audit " + status.queue.audit) + "\n";
    text += "items  " + count(status.items.ready) + " ready, " + count(status.items.scheduled) +
            " scheduled, " + count(status.items.claimed) + " claimed, " + count(status.dead) +
            " dead";
    if (status.items.oldest_ready_age) {
        text += "; oldest ready for " + duration_text(*status.items.oldest_ready_age);
    }
    text += "\nparts  " + count(status.unowned_parts) + " unowned\n" + ownership_strip(status);
    text += '\n';
    text += status.sessions.empty() ? "no sessions: nobody works in this queue\n"
                                    : sessions_text(status);
    return text;
}

std::string parts_text(const queue_status& status) {
    std::map<session_id, std::string> names;
    for (const auto& one : status.sessions) {
        names[one.row.id] = one.row.name + " " + short_id(one.row.id);
    }
    text_table table{{"PART", "LOWER", "UPPER", "OWNER", "EPOCH", "READY", "CLAIMED"}};
    for (const auto& one : status.parts) {
        table.add({std::to_string(one.part.value),
                   to_text(lowest_id(one.part, status.queue.part_count)),
                   to_text(highest_id(one.part, status.queue.part_count)),
                   one.owner ? names[*one.owner] : "-", std::to_string(one.last_term.value),
                   std::to_string(one.items.ready), std::to_string(one.items.claimed)});
    }
    return table.text();
}

}  // namespace leasehold
