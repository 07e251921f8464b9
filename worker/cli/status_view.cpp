#include "worker/cli/status_view.hpp"

#include "parts/keyspace.hpp"
#include "worker/cli/command.hpp"
#include "worker/cli/part_strip.hpp"
#include "worker/cli/text_table.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <array>
#include <cstdio>
#include <map>
#include <utility>

namespace leasehold {

namespace {

using json = nlohmann::ordered_json;

/// "0.4 s", "12 s", "7 min", "31 h", "5 d".
std::string age_text(milliseconds age) {
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

json id_or_null(const std::optional<session_id>& id) {
    return id ? json(to_text(*id)) : json(nullptr);
}

json ids_json(const std::vector<session_id>& ids) {
    auto texts = json::array();
    for (const auto& one : ids) {
        texts.push_back(to_text(one));
    }
    return texts;
}

json skew_json(const std::optional<item_skew>& skew) {
    if (!skew) {
        return nullptr;
    }
    return {{"parts", skew->parts},
            {"ready_share", skew->share},
            {"even_share", skew->even},
            {"busiest_session", skew->busiest_session ? json(*skew->busiest_session) : json()}};
}

json or_null(const std::optional<milliseconds>& age) {
    return age ? json(age->count()) : json(nullptr);
}

std::string decimal(double number) {
    std::array<char, 32> text{};
    std::snprintf(text.data(), text.size(), "%.1f", number);
    return text.data();
}

std::string percent(double share) {
    std::array<char, 32> text{};
    std::snprintf(text.data(), text.size(), "%.0f %%", share * 100);
    return text.data();
}

/// "live", "live, cordoned"; one that is evicted is cordoned, too, and that goes without saying.
std::string state_text(const session_status& one) {
    const auto state = one.state();
    return state == "live" && one.row.cordoned ? state + ", cordoned" : state;
}

/// What is not as it usually is; each line with its end.
std::string remarks(const queue_status& status) {
    std::string text;
    if (status.queue.state == "growing") {
        text += "growing: nobody works until it has its new parts\n";
    }
    if (status.queue.paused) {
        text +=
            "paused: nobody claims; go on with: leasehold queue resume " + status.queue.name + "\n";
    }
    const auto& skew = status.skew;
    // Of few items, some parts have many by chance.
    if (skew && status.items.ready >= status.queue.part_count && skew->share >= 2 * skew->even) {
        text += "skew   " + percent(skew->share) + " of the ready items lie in " +
                percent(skew->even) + " of the parts (" + std::to_string(skew->parts) + ")";
        if (skew->busiest_session) {
            text +=
                "; the busiest session has " + decimal(*skew->busiest_session) + " times the mean";
        }
        text += "\n";
    }
    return text;
}

std::string plan_text(const queue_status& status) {
    return "plan " + std::to_string(status.plan.number) + (status.plan.is_due ? ", plan due" : "");
}

template <class Name>
std::string joined(const std::vector<session_id>& ids, Name name_of) {
    std::string text;
    for (const auto& one : ids) {
        text += (text.empty() ? "" : ", ") + name_of(one);
    }
    return text;
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
                        {"heartbeat_age_ms", one.row.heartbeat_age.count()},
                        {"weight", one.row.weight},
                        {"cordoned", one.row.cordoned},
                        {"helping", one.helping}});
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
            {"oldest_ready_age_ms", or_null(status.items.oldest_ready_age)},
            {"paused", status.queue.paused},
            {"plan", status.plan.number},
            {"plan_due", status.plan.is_due},
            {"next_plan_in_ms", or_null(status.plan.next)},
            {"moving_parts", status.moving_parts},
            {"skew", skew_json(status.skew)},
            {"settings", settings_json(status.queue)},
            {"state", status.queue.state}};
}

json parts_json(const queue_status& status) {
    auto rows = json::array();
    for (const auto& one : status.parts) {
        rows.push_back({{"part", one.part.value},
                        {"lower", to_text(lowest_id(one.part, status.queue.part_count))},
                        {"upper", to_text(highest_id(one.part, status.queue.part_count))},
                        {"owner", id_or_null(one.owner)},
                        {"epoch", one.last_term.value},
                        {"ready", one.items.ready},
                        {"claimed", one.items.claimed},
                        {"planned_for", id_or_null(one.planned_for)},
                        {"helpers", ids_json(one.helpers)}});
    }
    return rows;
}

std::string ownership_strip(const queue_status& status) {
    std::vector<session_id> ids;
    for (const auto& one : status.sessions) {
        ids.push_back(one.row.id);
    }
    std::vector<std::optional<session_id>> owners;
    for (const auto& one : status.parts) {
        owners.push_back(one.owner);
    }
    return part_strip(ids, owners);
}

std::string sessions_text(const queue_status& status) {
    const auto& all = status.sessions;
    const bool weighed =
        std::any_of(all.begin(), all.end(), [](const auto& one) { return one.row.weight != 1; });
    const bool helped =
        std::any_of(all.begin(), all.end(), [](const auto& one) { return one.helping > 0; });
    std::vector<std::string> headers{"",      "SESSION", "ID",      "HOST",     "PID",
                                     "STATE", "PARTS",   "CLAIMED", "HEARTBEAT"};
    const auto add_if = [](bool wanted, std::vector<std::string>& row, const std::string& cell) {
        if (wanted) {
            row.push_back(cell);
        }
    };
    add_if(weighed, headers, "WEIGHT");
    add_if(helped, headers, "HELPS IN");
    text_table table{headers};
    for (std::size_t i = 0; i < all.size(); ++i) {
        const auto& one = all[i];
        std::vector<std::string> row{std::string(1, session_letter(i)),
                                     one.row.name,
                                     short_id(one.row.id),
                                     one.row.host,
                                     std::to_string(one.row.pid),
                                     state_text(one),
                                     std::to_string(one.part_count),
                                     std::to_string(one.claimed),
                                     age_text(one.row.heartbeat_age) + " ago"};
        add_if(weighed, row, std::to_string(one.row.weight));
        add_if(helped, row, std::to_string(one.helping));
        table.add(std::move(row));
    }
    return table.text();
}

std::string status_text(const queue_status& status) {
    const auto count = [](std::int64_t number) { return std::to_string(number); };
    std::string text = "queue " + status.queue.name + "   " + count(status.queue.part_count) +
                       (status.queue.part_count == 1 ? " part" : " parts") + ", " +
                       status.queue.strategy + ", generation " + count(status.queue.generation) +
                       (status.queue.audit == "off" ? "" : ", audit " + status.queue.audit) + ", " +
                       plan_text(status) + "\n" + remarks(status);
    text += "items  " + count(status.items.ready) + " ready, " + count(status.items.scheduled) +
            " scheduled, " + count(status.items.claimed) + " claimed, " + count(status.dead) +
            " dead";
    if (status.items.oldest_ready_age) {
        text += "; oldest ready for " + age_text(*status.items.oldest_ready_age);
    }
    text += "\nparts  " + count(status.unowned_parts) + " unowned" +
            (status.moving_parts == 0 ? "" : ", " + count(status.moving_parts) + " moving") + "\n" +
            ownership_strip(status);
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
    const auto name_of = [&](const session_id& id) {
        const auto found = names.find(id);
        return found == names.end() ? short_id(id) : found->second;
    };
    const bool helped = std::any_of(status.parts.begin(), status.parts.end(),
                                    [](const auto& one) { return !one.helpers.empty(); });
    std::vector<std::string> headers{"PART",  "LOWER", "UPPER",  "OWNER",
                                     "EPOCH", "READY", "CLAIMED"};
    if (status.moving_parts > 0) {
        headers.emplace_back("MOVES TO");
    }
    if (helped) {
        headers.emplace_back("HELPED BY");
    }
    text_table table{headers};
    for (const auto& one : status.parts) {
        std::vector<std::string> row{std::to_string(one.part.value),
                                     to_text(lowest_id(one.part, status.queue.part_count)),
                                     to_text(highest_id(one.part, status.queue.part_count)),
                                     one.owner ? name_of(*one.owner) : "-",
                                     std::to_string(one.last_term.value),
                                     std::to_string(one.items.ready),
                                     std::to_string(one.items.claimed)};
        if (status.moving_parts > 0) {
            row.push_back(!one.is_moving()  ? ""
                          : one.planned_for ? name_of(*one.planned_for)
                                            : "nobody");
        }
        if (helped) {
            row.push_back(joined(one.helpers, name_of));
        }
        table.add(std::move(row));
    }
    return table.text();
}

}  // namespace leasehold
