// leasehold plan: what the next plan would move, and why, without doing it.

#include "base/duration_text.hpp"
#include "base/utf8_text.hpp"
#include "parts/lease_store.hpp"
#include "parts/plan_store.hpp"
#include "sql/transaction.hpp"
#include "worker/cli/command.hpp"
#include "worker/cli/part_strip.hpp"
#include "worker/cli/plan_preview.hpp"
#include "worker/cli/session_argument.hpp"
#include "worker/cli/text_table.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <iostream>
#include <map>
#include <stdexcept>

namespace leasehold {

namespace {

using json = nlohmann::ordered_json;

struct plan_wish {
    std::string queue{};
    std::vector<std::string> sessions{};
    std::optional<std::string> strategy{};
};

/// What the database holds, in one snapshot.
struct plan_seen {
    plan_record record{};
    int on_their_way{0};  ///< parts whose owner is not the one planned
};

plan_seen look(connection& on, const std::string& queue) {
    return read_snapshot(on, [&](transaction& tx) {
        auto record = recorded_plan(tx, queue);
        if (!record) {
            throw std::runtime_error("queue " + quoted_excerpt(queue) + " has just been dropped");
        }
        std::vector<std::optional<session_id>> owners(record->planned.size());
        for (const auto& one : list_leases(tx, queue)) {
            owners.at(static_cast<std::size_t>(one.part.value)) = one.owner;
        }
        int differ = 0;
        for (std::size_t i = 0; i < owners.size(); ++i) {
            differ += owners[i] == record->planned[i] ? 0 : 1;
        }
        return plan_seen{.record = std::move(*record), .on_their_way = differ};
    });
}

json id_or_null(const std::optional<session_id>& id) {
    return id ? json(to_text(*id)) : json(nullptr);
}

json preview_json(const std::string& queue, const plan_preview& preview) {
    auto moves = json::array();
    for (const auto& one : preview.moves) {
        moves.push_back({{"first", one.first},
                         {"last", one.last},
                         {"from", id_or_null(one.from)},
                         {"to", id_or_null(one.to)},
                         {"why", one.why}});
    }
    auto sessions = json::array();
    for (const auto& one : preview.sessions) {
        sessions.push_back({{"id", to_text(one.row.id)},
                            {"name", one.row.name},
                            {"weight", one.row.weight},
                            {"new", one.is_new},
                            {"before", one.before},
                            {"after", one.after}});
    }
    return {{"queue", queue},
            {"parts", preview.before.size()},
            {"strategy", preview.strategy},
            {"plan", preview.number},
            {"moved", preview.moved},
            {"least_possible", preview.least_possible},
            {"moves", moves},
            {"sessions", sessions}};
}

/// Names of sessions as the tables show them.
class session_names {
public:
    explicit session_names(const plan_preview& preview) {
        for (std::size_t i = 0; i < preview.sessions.size(); ++i) {
            const auto& one = preview.sessions[i];
            names_[one.row.id] = std::string{session_letter(i)} + " " +
                                 (one.is_new ? one.row.name : seat_name(one.row));
        }
    }

    std::string of(const std::optional<session_id>& id) const {
        const auto found = id ? names_.find(*id) : names_.end();
        return !id ? "-" : found == names_.end() ? short_id(*id) : found->second;
    }

private:
    std::map<session_id, std::string> names_{};
};

std::string state_of(const previewed_session& one) {
    if (one.is_new || one.goes) {
        return one.is_new ? "comes" : "goes";
    }
    if (!one.row.live) {
        return "expired";
    }
    return one.row.state == "live" && one.row.cordoned ? "cordoned" : one.row.state;
}

std::string sessions_table(const plan_preview& preview) {
    text_table table{{"", "SESSION", "ID", "STATE", "WEIGHT", "BEFORE", "AFTER"}};
    for (std::size_t i = 0; i < preview.sessions.size(); ++i) {
        const auto& one = preview.sessions[i];
        table.add({std::string(1, session_letter(i)), one.row.name,
                   one.is_new ? "" : short_id(one.row.id), state_of(one),
                   std::to_string(one.row.weight), std::to_string(one.before),
                   std::to_string(one.after)});
    }
    return table.text();
}

std::string moves_table(const plan_preview& preview) {
    const session_names names{preview};
    text_table table{{"PARTS", "COUNT", "FROM", "TO", "WHY"}};
    for (const auto& one : preview.moves) {
        const auto first = std::to_string(one.first);
        table.add({one.first == one.last ? first : first + "-" + std::to_string(one.last),
                   std::to_string(one.last - one.first + 1), names.of(one.from), names.of(one.to),
                   one.why});
    }
    return table.text();
}

std::string strip_of(const plan_preview& preview,
                     const std::vector<std::optional<session_id>>& by_part) {
    std::vector<session_id> ids;
    for (const auto& one : preview.sessions) {
        ids.push_back(one.row.id);
    }
    return part_strip(ids, by_part);
}

/// What a reader of the tables might take amiss; a line each.
std::string notes(const plan_seen& seen, const plan_preview& preview) {
    std::string text;
    if (!seen.record.is_ready) {
        text +=
            "the queue is growing: nobody is planned for until it has its new parts, and then all "
            "are planned anew\n";
    }
    if (seen.on_their_way > 0) {
        text += std::to_string(seen.on_their_way) +
                " parts are still on their way to where the present plan has them\n";
    }
    const auto news = std::any_of(preview.sessions.begin(), preview.sessions.end(),
                                  [](const auto& one) { return one.is_new; });
    if (news && preview.strategy == "lexical") {
        text +=
            "with lexical, the places of new sessions follow from their random ids: this is one "
            "of many outcomes\n";
    }
    for (const auto& one : preview.sessions) {
        const bool waits = one.goes && one.row.named && !one.row.cordoned &&
                           preview.strategy != "lexical" && seen.record.restart_grace.count() > 0;
        if (waits) {
            text += "the parts of " + one.row.name + " wait " +
                    duration_text(seen.record.restart_grace) +
                    " for a restart under its name if it leaves by itself\n";
        }
    }
    return text;
}

std::string preview_text(const std::string& queue, const plan_seen& seen,
                         const plan_preview& preview) {
    const auto parts = std::to_string(preview.before.size());
    std::string text = "queue " + queue + "   " + parts +
                       (preview.before.size() == 1 ? " part, " : " parts, ") + preview.strategy +
                       ", plan " + std::to_string(preview.number) + "\n";
    if (preview.moved == 0) {
        return text + strip_of(preview, preview.before) + notes(seen, preview) +
               "nothing would move\n";
    }
    text += "before\n" + strip_of(preview, preview.before);
    text += "after\n" + strip_of(preview, preview.after) + "\n";
    text += sessions_table(preview) + "\n" + moves_table(preview) + "\n" + notes(seen, preview);
    return text + "would move " + std::to_string(preview.moved) + " of " + parts +
           (preview.before.size() == 1 ? " part" : " parts") + "; the least possible is " +
           std::to_string(preview.least_possible) + "\n";
}

int show(const program_context& context, const plan_wish& wish, const crew_wish& crew) {
    const auto on = connect(context, reading_options());
    const auto queue = chosen_queue(*on, wish.queue);
    auto seen = look(*on, queue.name);
    seen.record.strategy = wish.strategy.value_or(seen.record.strategy);
    std::vector<session_id> ids(static_cast<std::size_t>(crew.more));
    std::generate(ids.begin(), ids.end(), random_session_id);
    std::sort(ids.begin(), ids.end());
    const auto preview = preview_plan(queue.name, seen.record, crew, ids);
    if (context.json) {
        print_json(preview_json(queue.name, preview));
    } else {
        std::cout << preview_text(queue.name, seen, preview);
    }
    return success_exit;
}

}  // namespace

void add_plan_command(CLI::App& app, program_context& context) {
    auto* command = app.add_subcommand("plan", "Show what the next plan would move, and why");
    auto wish = std::make_shared<plan_wish>();
    add_queue_argument(*command, wish->queue);
    command
        ->add_option("--sessions", wish->sessions,
                     "+N: with N more sessions of weight 1; -SESSION: without this one (name, id, "
                     "or at least 4 characters of the id's beginning); may be repeated")
        ->allow_extra_args(false)
        ->type_name("+N|-SESSION");
    command->add_option("--strategy", wish->strategy, "As if the queue divided by this strategy")
        ->type_name("STRATEGY");
    command->footer(
        "Changes nothing. The reasons: join, leave, expired, cordon, plan (shares that are evened\n"
        "out). The least possible is what any plan with even shares has to move.\n"
        "JSON: {queue, parts, strategy, plan, moved, least_possible,\n"
        "moves[{first, last, from, to, why}],\n"
        "sessions[{id, name, weight, new, before, after}]}\n\n"
        "Examples:\n  leasehold plan mail --sessions +2\n"
        "  leasehold plan mail --sessions -worker-3 --sessions +1 --strategy sticky");
    command->callback([&context, wish] {
        if (wish->strategy) {
            require_strategy(*wish->strategy);
        }
        const auto crew = crew_wish_from(wish->sessions);
        context.chosen = [&context, wish, crew] { return show(context, *wish, crew); };
    });
}

}  // namespace leasehold
