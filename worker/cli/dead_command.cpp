// leasehold dead and leasehold cancel: items that will not run: seen, put back, deleted, made so.

#include "base/duration_text.hpp"
#include "base/text.hpp"
#include "base/utf8_text.hpp"
#include "items/dead_store.hpp"
#include "worker/cli/command.hpp"
#include "worker/cli/text_table.hpp"

#include <leasehold/ids.hpp>

#include <nlohmann/json.hpp>

#include <algorithm>
#include <chrono>
#include <iostream>
#include <limits>
#include <optional>
#include <stdexcept>

namespace leasehold {

namespace {

/// Items of one transaction: enough for speed, few enough to leave workers undisturbed.
constexpr std::int64_t step_items = 500;
constexpr int listed_unless_told = 100;

struct dead_wish {
    std::string queue{};
    std::vector<std::string> ids{};
    dead_filter which{};
    std::optional<int> limit{};
    bool all{false};
    bool sure{false};
};

item_id id_from(const std::string& text) {
    const auto id = uuid_from(text);
    if (!id) {
        throw std::invalid_argument(quoted_excerpt(text) + " is not an id; an id is a UUID");
    }
    return {*id};
}

std::vector<item_id> ids_from(const std::vector<std::string>& texts) {
    std::vector<item_id> ids;
    std::transform(texts.begin(), texts.end(), std::back_inserter(ids), id_from);
    return ids;
}

bool narrows(const dead_filter& which) {
    return !which.ids.empty() || which.reason || which.error || which.key || which.since ||
           which.before;
}

/// @throws std::invalid_argument for what no item can have
void check_text(const char* option, const std::optional<std::string>& text) {
    if (text && text->empty()) {
        throw std::invalid_argument(std::string{option} + " is empty; leave it out to mean any");
    }
    if (text && storable(*text, text->size()) != *text) {
        throw std::invalid_argument(std::string{option} + " " + quoted_excerpt(*text) +
                                    " is not UTF-8");
    }
}

/// @throws std::invalid_argument when the filter or an id cannot be meant
void complete_filter(dead_wish& wish) {
    check_text("--error", wish.which.error);
    check_text("--key", wish.which.key);
    check_text("--since", wish.which.since);
    check_text("--before", wish.which.before);
    wish.which.ids = ids_from(wish.ids);
    const auto& reason = wish.which.reason;
    if (reason && *reason != "spent" && *reason != "buried" && *reason != "cancelled") {
        throw std::invalid_argument("--reason is " + quoted_excerpt(*reason) +
                                    "; it must be spent, buried or cancelled");
    }
}

/// Redriving or deleting everything is said in so many words.
void require_choice(const dead_wish& wish, const char* verb) {
    if (wish.all == narrows(wish.which)) {
        throw std::invalid_argument(std::string{"say what to "} + verb +
                                    ": ids, a filter (--reason, --error, --key, --since, "
                                    "--before), or --all by itself");
    }
}

/// The filter with ages turned into times of the server's clock.
dead_filter timed(connection& on, dead_filter which) {
    for (auto* time : {&which.since, &which.before}) {
        if (const auto age = *time ? duration_from(**time) : std::nullopt) {
            const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(*age);
            *time = read_snapshot(on, [&](transaction& tx) { return time_ago(tx, seconds); });
        }
    }
    return which;
}

/// `failure`, or what to give instead when the server could not read a time of `given`.
[[noreturn]] void explain_times(const sql_failure& failure, const dead_filter& given) {
    const auto& code = failure.sqlstate();
    if (code == "22007" || code == "22008" || code == "22009") {
        std::string times;
        if (given.since) {
            times = "--since is " + quoted_excerpt(*given.since);
        }
        if (given.before) {
            times += (times.empty() ? "" : ", ") + std::string{"--before is "} +
                     quoted_excerpt(*given.before);
        }
        throw std::invalid_argument(times +
                                    "; it must be a time, or an age such as 90s, 10min, 2h or 7d");
    }
    throw failure;
}

/// @throws std::runtime_error when ids were given and no dead item has one of them
void require_any(std::int64_t found, const dead_wish& wish) {
    if (found == 0 && !wish.ids.empty()) {
        throw std::runtime_error("no dead item of queue " + quoted_excerpt(wish.queue) +
                                 " is meant by these ids; see them: leasehold dead list " +
                                 wish.queue);
    }
}

nlohmann::ordered_json parsed(const std::optional<std::string>& text) {
    return text ? nlohmann::ordered_json::parse(*text) : nlohmann::ordered_json{};
}

template <class Value>
nlohmann::ordered_json or_null(const std::optional<Value>& value) {
    return value ? nlohmann::ordered_json(*value) : nlohmann::ordered_json{};
}

nlohmann::ordered_json json_of(const dead_item& one) {
    return {{"id", to_text(one.id)},
            {"died_at", one.died_at},
            {"reason", one.reason},
            {"attempt", one.attempt},
            {"max_attempts", one.max_attempts},
            {"key", or_null(one.key)},
            {"dedupe", or_null(one.dedupe)},
            {"priority", one.priority},
            {"part", one.part.value},
            {"created_at", one.created_at},
            {"token", one.fence.value},
            {"last_error", or_null(one.last_error)},
            {"errors", one.errors ? parsed(one.errors) : nlohmann::ordered_json::array()},
            {"progress", or_null(one.percent)},
            {"note", or_null(one.note)}};
}

/// With the payload as the server wrote it: read as numbers of ours, its numbers could change.
std::string json_text_of(const dead_item& one) {
    auto text = json_line(json_of(one));
    text.pop_back();
    return text + ",\"payload\":" + one.payload + "}";
}

std::vector<dead_item> read_dead(connection& on, const queue_info& queue, const dead_wish& wish,
                                 std::int64_t count_max) {
    const auto which = timed(on, wish.which);
    try {
        return read_snapshot(on, [&](transaction& tx) {
            return list_dead(tx, queue, which, count_max);
        });
    } catch (const sql_failure& failure) {
        explain_times(failure, wish.which);
    }
}

int list(const program_context& context, const dead_wish& wish) {
    const auto on = connect(context, reading_options());
    const auto items = read_dead(*on, chosen_queue(*on, wish.queue), wish,
                                 wish.limit.value_or(listed_unless_told));
    if (context.json) {
        std::string rows;
        for (const auto& one : items) {
            rows.append(rows.empty() ? "" : ",").append(json_text_of(one));
        }
        std::cout << '[' << rows << ']' << std::endl;
        return success_exit;
    }
    text_table table{{"ID", "DIED AT", "REASON", "ATTEMPTS", "KEY", "LAST ERROR"}};
    for (const auto& one : items) {
        constexpr std::size_t shown = 60;
        const auto error = one.last_error.value_or("");
        table.add({to_text(one.id), one.died_at, one.reason,
                   std::to_string(one.attempt) + " of " + std::to_string(one.max_attempts),
                   one.key.value_or(""), storable(error, shown)});
    }
    std::cout << table.text();
    return success_exit;
}

void show_text(const dead_item& one) {
    const auto line = [](const char* what, const std::string& value) {
        constexpr std::size_t column = 12;
        std::string name = what;
        name.resize(column, ' ');
        std::cout << name << printable(value) << '\n';
    };
    line("id", to_text(one.id));
    line("died at", one.died_at);
    line("reason", one.reason);
    line("attempts", std::to_string(one.attempt) + " of " + std::to_string(one.max_attempts));
    line("created at", one.created_at);
    line("part", std::to_string(one.part.value));
    line("token", std::to_string(one.fence.value));
    if (one.key) {
        line("key", *one.key);
    }
    if (one.dedupe) {
        line("dedupe key", *one.dedupe);
    }
    if (one.percent) {
        line("progress", std::to_string(*one.percent) + " %");
    }
    if (one.note) {
        line("note", *one.note);
    }
    for (const auto& error : one.errors ? parsed(one.errors) : nlohmann::ordered_json::array()) {
        line("error", "attempt " + std::to_string(error.value("attempt", 0)) + ", " +
                          error.value("at", "") + ": " + error.value("error", ""));
    }
    line("payload", one.payload);
}

int show(const program_context& context, const dead_wish& wish) {
    const auto on = connect(context, reading_options());
    const auto items = read_dead(*on, chosen_queue(*on, wish.queue), wish, 1);  // the last death
    if (items.empty()) {
        throw std::runtime_error("there is no dead item " + wish.ids.front() + " in queue " +
                                 quoted_excerpt(wish.queue) + "; see them: leasehold dead list " +
                                 wish.queue);
    }
    if (context.json) {
        std::cout << json_text_of(items.front()) << std::endl;
    } else {
        show_text(items.front());
    }
    return success_exit;
}

int redrive(const program_context& context, const dead_wish& wish) {
    const auto on = connect(context);
    const auto queue = chosen_queue(*on, wish.queue);
    auto which = timed(*on, wish.which);
    if (!which.before) {
        // What dies again while this goes on is not for this redrive.
        which.before = read_snapshot(*on, [](transaction& tx) {
            return time_ago(tx, std::chrono::seconds{0});
        });
    }
    transaction_counters counters;
    redriven sum;
    sum.go_on = redrive_cursor{};
    try {
        while (sum.go_on) {
            const auto step = run_transaction(*on, counters, [&](transaction& tx) {
                return redrive_dead(tx, queue, which, step_items, *sum.go_on);
            });
            sum = {sum.count + step.count, sum.pending + step.pending, step.go_on};
        }
    } catch (const sql_failure& failure) {
        explain_times(failure, wish.which);
    }
    if (context.json) {
        print_json({{"redriven", sum.count}, {"pending", sum.pending}});
    } else {
        std::cout << "redriven " << sum.count;
        if (sum.pending > 0) {
            std::cout << "; " << sum.pending
                      << " stay dead, for an item with the same id or dedupe key is pending";
        }
        std::cout << '\n';
    }
    require_any(sum.count + sum.pending, wish);
    return sum.count == 0 && !wish.ids.empty() ? failure_exit : success_exit;
}

int erase(const program_context& context, const dead_wish& wish) {
    const auto on = connect(context);
    const auto queue = chosen_queue(*on, wish.queue);
    const auto which = timed(*on, wish.which);
    transaction_counters counters;
    std::int64_t count = 0;
    try {
        for (auto step = step_items; step == step_items; count += step) {
            step = run_transaction(*on, counters, [&](transaction& tx) {
                return delete_dead(tx, queue, which, step_items);
            });
        }
    } catch (const sql_failure& failure) {
        explain_times(failure, wish.which);
    }
    if (context.json) {
        print_json({{"deleted", count}});
    } else {
        std::cout << "deleted " << count << '\n';
    }
    require_any(count, wish);
    return success_exit;
}

const char* text_of(cancel_result result) {
    switch (result) {
        case cancel_result::cancelled: return "cancelled";
        case cancel_result::asked: return "asked";
        case cancel_result::missing: return "missing";
    }
    return "missing";
}

int cancel_all(const program_context& context, const dead_wish& wish, const std::string& reason) {
    const auto on = connect(context);
    const auto queue = chosen_queue(*on, wish.queue);
    transaction_counters counters;
    auto rows = nlohmann::ordered_json::array();
    bool all_there = true;
    for (const auto& id : wish.which.ids) {
        const auto result = run_transaction(*on, counters, [&](transaction& tx) {
            return cancel_item(tx, queue, id, reason);
        });
        all_there = all_there && result != cancel_result::missing;
        rows.push_back({{"id", to_text(id)}, {"result", text_of(result)}});
    }
    if (context.json) {
        print_json(rows);
    } else {
        for (const auto& row : rows) {
            std::cout << row["id"].get<std::string>() << "  " << row["result"].get<std::string>()
                      << '\n';
        }
    }
    return all_there ? success_exit : failure_exit;
}

void add_filter(CLI::App& command, dead_wish& wish) {
    command.add_option("--reason", wish.which.reason, "spent, buried or cancelled")
        ->type_name("REASON");
    command.add_option("--error", wish.which.error, "Text that is part of the last error")
        ->type_name("TEXT");
    command.add_option("--key", wish.which.key, "The ordering key")->type_name("TEXT");
    command
        .add_option("--since", wish.which.since,
                    "Died at this time or later; or so long ago at most: 90s, 10min, 2h, 7d")
        ->type_name("TIME");
    command
        .add_option("--before", wish.which.before, "Died before this time, or longer ago than this")
        ->type_name("TIME");
}

void add_dead_list(CLI::App& dead, program_context& context) {
    auto* command = dead.add_subcommand("list", "List dead items, the latest first");
    auto wish = std::make_shared<dead_wish>();
    add_queue_argument(*command, wish->queue);
    add_filter(*command, *wish);
    add_number_option(
        *command, "--limit", {1, std::numeric_limits<int>::max()},
        [wish](int limit) { wish->limit = limit; }, "At most so many; 100 unless told");
    command->footer(
        "JSON: [{id, died_at, reason, attempt, max_attempts, key, dedupe, priority, part,\n"
        "created_at, token, last_error, errors: [{attempt, at, error}], progress, note, "
        "payload}]\n\n"
        "Example:\n  leasehold dead list mail --error timeout --since 1h --limit 20");
    command->callback([&context, wish] {
        complete_filter(*wish);
        context.chosen = [&context, wish] { return list(context, *wish); };
    });
}

void add_dead_show(CLI::App& dead, program_context& context) {
    auto* command = dead.add_subcommand("show", "Show one dead item with all its errors");
    auto wish = std::make_shared<dead_wish>();
    add_queue_argument(*command, wish->queue);
    command->add_option("ID", wish->ids, "Id of the item")->required()->expected(1)->type_name("");
    command->footer(
        "JSON: as of dead list, one object\n\n"
        "Example:\n  leasehold dead show mail 6f1c2b1e-5f44-4a0e-9a41-6a1f0b2e7c11");
    command->callback([&context, wish] {
        complete_filter(*wish);
        context.chosen = [&context, wish] { return show(context, *wish); };
    });
}

void add_dead_redrive(CLI::App& dead, program_context& context) {
    auto* command = dead.add_subcommand("redrive", "Put dead items back into their queue");
    auto wish = std::make_shared<dead_wish>();
    add_queue_argument(*command, wish->queue);
    command->add_option("ID", wish->ids, "Ids of items")->type_name("...");
    add_filter(*command, *wish);
    command->add_flag("--all", wish->all, "All dead items of the queue");
    command->footer(
        "They are due at once, with all their attempts ahead. An item of which a pending one has\n"
        "the id or the dedupe key stays dead. Exit 1 when ids were given and none was put back.\n"
        "JSON: {redriven, pending}\n\n"
        "Examples:\n  leasehold dead redrive mail 6f1c2b1e-5f44-4a0e-9a41-6a1f0b2e7c11\n"
        "  leasehold dead redrive mail --error 'connection refused'");
    command->callback([&context, wish] {
        complete_filter(*wish);
        require_choice(*wish, "redrive");
        context.chosen = [&context, wish] { return redrive(context, *wish); };
    });
}

void add_dead_delete(CLI::App& dead, program_context& context) {
    auto* command = dead.add_subcommand("delete", "Delete dead items for good");
    auto wish = std::make_shared<dead_wish>();
    add_queue_argument(*command, wish->queue);
    command->add_option("ID", wish->ids, "Ids of items")->type_name("...");
    add_filter(*command, *wish);
    command->add_flag("--all", wish->all, "All dead items of the queue; needs --yes");
    command->add_flag("--yes", wish->sure, "Yes, all of them");
    command->footer(
        "Exit 1 when ids were given and none was there.\n"
        "JSON: {deleted}\n\n"
        "Examples:\n  leasehold dead delete mail --reason cancelled --before 30d\n"
        "  leasehold dead delete mail --all --yes");
    command->callback([&context, wish] {
        complete_filter(*wish);
        require_choice(*wish, "delete");
        if (wish->all && !wish->sure) {
            throw std::invalid_argument(
                "dead delete --all takes all dead items away for good; if you mean it, add --yes");
        }
        context.chosen = [&context, wish] { return erase(context, *wish); };
    });
}

}  // namespace

void add_dead_command(CLI::App& app, program_context& context) {
    auto* dead = app.add_subcommand("dead", "See, put back and delete items that were given up");
    dead->require_subcommand(1);
    dead->footer("Example:\n  leasehold dead list mail\n  leasehold dead redrive mail --all");
    add_dead_list(*dead, context);
    add_dead_show(*dead, context);
    add_dead_redrive(*dead, context);
    add_dead_delete(*dead, context);
}

void add_cancel_command(CLI::App& app, program_context& context) {
    auto* command = app.add_subcommand("cancel", "Cancel items, whether they wait or run");
    auto wish = std::make_shared<dead_wish>();
    auto reason = std::make_shared<std::string>("cancelled before it ran");
    add_queue_argument(*command, wish->queue);
    command->add_option("ID", wish->ids, "Ids of items")->required()->type_name("...");
    command->add_option("--reason", *reason, "Kept as the last error of items that wait")
        ->type_name("TEXT");
    command->footer(
        "An item that waits becomes a dead item at once (cancelled). Of one that runs the handler\n"
        "is told to stop within about a second (asked); unless it still comes to its end, the\n"
        "item is ended as cancelled. Exit 1 when one is neither (missing: done, dead, never "
        "there).\n"
        "JSON: [{id, result}]\n\n"
        "Example:\n  leasehold cancel mail 6f1c2b1e-5f44-4a0e-9a41-6a1f0b2e7c11");
    command->callback([&context, wish, reason] {
        complete_filter(*wish);
        constexpr std::size_t reason_bytes_max = 1'000;
        check_text("--reason", *reason);
        if (reason->size() > reason_bytes_max) {
            throw std::invalid_argument("--reason has " + std::to_string(reason->size()) +
                                        " bytes, the limit is " + std::to_string(reason_bytes_max));
        }
        context.chosen = [&context, wish, reason] { return cancel_all(context, *wish, *reason); };
    });
}

}  // namespace leasehold
