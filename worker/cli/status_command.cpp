// leasehold status, parts, sessions: what a queue looks like at this moment.

#include "base/text.hpp"
#include "base/utf8_text.hpp"
#include "items/item_tables.hpp"
#include "items/status_store.hpp"
#include "parts/queue_store.hpp"
#include "sql/transaction.hpp"
#include "worker/cli/command.hpp"
#include "worker/cli/secret_text.hpp"
#include "worker/cli/status_view.hpp"

#include <nlohmann/json.hpp>

#include <unistd.h>

#include <charconv>
#include <csignal>
#include <iostream>
#include <optional>
#include <stdexcept>
#include <thread>

namespace leasehold {

namespace {

struct watch_wish {
    std::string queue{};
    std::optional<std::string> every{};  ///< as given to --watch; empty: nothing was given to it
};

queue_status look(connection& on, const queue_info& queue) {
    return read_snapshot(on, [&](transaction& tx) {
        hold_tables(tx, queue.name, table_use::reading);
        return read_status(tx, require_queue(tx, queue.name));
    });
}

/// @throws std::invalid_argument
milliseconds watch_interval(const std::string& text) {
    double seconds = 1;
    const auto* end = text.data() + text.size();
    const auto read = std::from_chars(text.data(), end, seconds);
    const bool is_number = text.empty() || (read.ec == std::errc{} && read.ptr == end);
    if (!is_number || !(seconds >= 0.1 && seconds <= 3600)) {
        throw std::invalid_argument("--watch is " + quoted_excerpt(text) +
                                    "; it must be 0.1 to 3600 seconds");
    }
    return milliseconds{static_cast<milliseconds::rep>(seconds * 1000)};
}

/// Shows one block after the other: on a terminal in place of the one before.
class watch_screen {
public:
    void show(const std::string& block) {
        if (!on_terminal_) {
            std::cout << (shown_ ? "\n" : "") << block << std::flush;
            shown_ = true;
            return;
        }
        std::string drawn = shown_ ? "\x1b[H" : "\x1b[2J\x1b[H";
        for (const char c : block) {
            drawn += c == '\n' ? "\x1b[K\n" : std::string(1, c);
        }
        std::cout << drawn << "\x1b[J" << std::flush;
        shown_ = true;
    }

private:
    bool on_terminal_{::isatty(STDOUT_FILENO) == 1};
    bool shown_{false};
};

/// Ctrl-C is how a watch ends. It only reads, so there is nothing to tidy up, and it may be waiting
/// for a server that does not answer.
void end_on_interrupt() {
    std::signal(SIGINT, [](int) { ::_exit(success_exit); });
}

[[noreturn]] void watch(const program_context& context, connection& on, const queue_info& queue,
                        milliseconds interval) {
    end_on_interrupt();
    watch_screen screen;
    int missed = 0;
    while (true) {
        try {
            const auto status = look(on, chosen_queue(on, queue.name));
            if (context.json) {
                print_json(status_json(status));
            } else {
                screen.show(status_text(status));
            }
            missed = 0;
        } catch (const sql_failure& failure) {
            if (failure.kind() == sql_failure_kind::refused) {
                throw;
            }
            // One miss is a connection that broke; the next look has a new one.
            if (++missed == 2) {
                std::cerr << "leasehold: waiting for the database: "
                          << one_line(without_secrets(failure.what())) << std::endl;
            }
        }
        if (!std::cout) {
            throw std::runtime_error("cannot write to the standard output");
        }
        std::this_thread::sleep_for(interval);
    }
}

int status(const program_context& context, const watch_wish& wish) {
    std::optional<milliseconds> interval;
    if (wish.every) {
        interval = watch_interval(*wish.every);
    }
    const auto on = connect(context, reading_options());
    const auto queue = chosen_queue(*on, wish.queue);
    if (interval) {
        watch(context, *on, queue, *interval);
    }
    const auto seen = look(*on, queue);
    if (context.json) {
        print_json(status_json(seen));
    } else {
        std::cout << status_text(seen);
    }
    return success_exit;
}

using json_view = nlohmann::ordered_json (*)(const queue_status&);
using text_view = std::string (*)(const queue_status&);

void add_list_command(CLI::App& app, program_context& context, const char* name,
                      const char* description, const char* footer, json_view as_json,
                      text_view as_text) {
    auto* command = app.add_subcommand(name, description);
    auto queue = std::make_shared<std::string>();
    add_queue_argument(*command, *queue);
    command->footer(footer);
    command->callback([=, &context] {
        context.chosen = [=, &context] {
            const auto on = connect(context, reading_options());
            const auto seen = look(*on, chosen_queue(*on, *queue));
            if (context.json) {
                print_json(as_json(seen));
            } else {
                std::cout << as_text(seen);
            }
            return success_exit;
        };
    });
}

void add_status_command(CLI::App& app, program_context& context) {
    auto* command = app.add_subcommand("status", "Show a queue: sessions, parts, items");
    auto wish = std::make_shared<watch_wish>();
    add_queue_argument(*command, wish->queue)->required(false);
    command
        ->add_option_function<std::vector<std::string>>(
            "--watch",
            [wish](const std::vector<std::string>& given) {
                wish->every = given.empty() ? "" : given.front();
            },
            "Show it again every SECONDS, 1 unless told; Ctrl-C ends it")
        ->expected(0, 1)
        ->type_name("[SECONDS]");
    command->footer(
        "JSON, with --watch one line each time: {queue, parts, strategy, generation, audit,\n"
        "sessions[as of leasehold sessions], items{ready, scheduled, claimed, dead},\n"
        "unowned_parts, oldest_ready_age_ms, paused, plan, plan_due, next_plan_in_ms,\n"
        "moving_parts, skew{parts, ready_share, even_share, busiest_session}, settings,\n"
        "state}. state: ready, or growing (leasehold queue parts), when nobody works.\n"
        "skew: the share of the ready items that lies in the fullest twentieth of the parts, what\n"
        "it would be if all had the same, and how many times the mean the busiest session has.\n"
        "It is shown as text when there are as many ready items as parts, and twice the even\n"
        "share in the fullest.\n\n"
        "Examples:\n  leasehold status mail\n  leasehold status mail --watch 0.5");
    command->callback([&context, wish] {
        // `status --watch mail`: the parser cannot know that this is not the seconds.
        if (wish->queue.empty() && wish->every && !wish->every->empty()) {
            wish->queue = std::exchange(*wish->every, "");
        }
        if (wish->queue.empty()) {
            throw CLI::RequiredError("QUEUE");
        }
        context.chosen = [&context, wish] { return status(context, *wish); };
    });
}

}  // namespace

void add_status_commands(CLI::App& app, program_context& context) {
    add_status_command(app, context);
    add_list_command(
        app, context, "parts", "List the parts of a queue",
        "JSON: [{part, lower, upper, owner, epoch, ready, claimed, planned_for, helpers}]; bounds\n"
        "are inclusive, owner is null when there is none.\n\n"
        "Example:\n  leasehold parts mail --json",
        parts_json, parts_text);
    add_list_command(
        app, context, "sessions", "List the sessions of a queue",
        "JSON: [{id, name, pid, host, state, part_count, claimed, heartbeat_age_ms, weight,\n"
        "cordoned, helping}]; state is live, leaving, evicted or expired, helping the number of\n"
        "parts of others that it helps in.\n\n"
        "Example:\n  leasehold sessions mail",
        sessions_json, sessions_text);
}

}  // namespace leasehold
