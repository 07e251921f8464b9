// leasehold queue: creates, lists, audits and drops queues.

#include "base/utf8_text.hpp"
#include "items/audit_setup.hpp"
#include "items/queue_setup.hpp"
#include "parts/plan_rules.hpp"
#include "parts/queue_store.hpp"
#include "worker/cli/command.hpp"
#include "worker/cli/text_table.hpp"

#include <nlohmann/json.hpp>

#include <iostream>
#include <stdexcept>

namespace leasehold {

namespace {

enum class when_it_exists { fail, accept };

int create(const program_context& context, const queue_spec& wanted, when_it_exists then) {
    const auto on = connect(context);
    transaction_counters counters;
    const auto answer = create_queue(*on, counters, wanted);
    const bool created = answer == queue_creation::created;
    if (!created && then == when_it_exists::fail) {
        throw std::runtime_error("queue " + quoted_excerpt(wanted.name) +
                                 " exists already; accept that with --if-not-exists");
    }
    if (context.json) {
        print_json({{"queue", wanted.name},
                    {"parts", wanted.part_count},
                    {"keyed", wanted.keyed},
                    {"created", created}});
    } else {
        std::cout << (created ? "created " : "there is already a ")
                  << (wanted.keyed ? "keyed queue " : "queue ") << wanted.name << " with "
                  << wanted.part_count << (wanted.part_count == 1 ? " part\n" : " parts\n");
    }
    return success_exit;
}

int list(const program_context& context) {
    const auto on = connect(context, reading_options());
    const auto queues = read_snapshot(*on, [](transaction& tx) { return list_queues(tx); });
    if (context.json) {
        auto rows = nlohmann::ordered_json::array();
        for (const auto& one : queues) {
            rows.push_back({{"name", one.info.name},
                            {"parts", one.info.part_count},
                            {"strategy", one.info.strategy},
                            {"claims", to_text(one.info.claims)},
                            {"keyed", one.info.keyed},
                            {"max_attempts", one.info.max_attempts},
                            {"generation", one.info.generation},
                            {"state", one.info.state},
                            {"audit", one.info.audit},
                            {"sessions", one.sessions},
                            {"paused", one.info.paused}});
        }
        print_json(rows);
        return success_exit;
    }
    text_table table{
        {"QUEUE", "STATE", "PARTS", "STRATEGY", "KEYED", "MAX ATTEMPTS", "AUDIT", "SESSIONS"}};
    for (const auto& one : queues) {
        table.add({one.info.name, one.info.state + (one.info.paused ? ", paused" : ""),
                   std::to_string(one.info.part_count), one.info.strategy,
                   one.info.keyed ? "yes" : "no", std::to_string(one.info.max_attempts),
                   one.info.audit, std::to_string(one.sessions)});
    }
    std::cout << table.text();
    return success_exit;
}

int drop(const program_context& context, const std::string& name) {
    auto options = reading_options();  // a table is dropped once its last reader is done
    const auto on = connect(context, options);
    transaction_counters counters;
    drop_queue(*on, counters, name);
    if (context.json) {
        print_json({{"queue", name}, {"dropped", true}});
    } else {
        std::cout << "dropped queue " << name << " with all its items\n";
    }
    return success_exit;
}

enum class audit_wish { none, on, off, clear };

int audit(const program_context& context, const std::string& name, audit_wish wish) {
    const auto on = connect(context, reading_options());  // waits for those who write in a part
    const auto before = chosen_queue(*on, name);
    transaction_counters counters;
    switch (wish) {
        case audit_wish::none: break;
        case audit_wish::on: switch_audit_on(*on, counters, name); break;
        case audit_wish::off: switch_audit_off(*on, counters, name); break;
        case audit_wish::clear: clear_audit(*on, counters, name); break;
    }
    const auto state = chosen_queue(*on, name).audit;
    if (context.json) {
        print_json({{"queue", name}, {"audit", state}, {"cleared", wish == audit_wish::clear}});
        return success_exit;
    }
    std::cout << "the audit of queue " << name << " is " << state
              << (wish == audit_wish::clear ? ", and begins anew\n" : "\n");
    return success_exit;
}

void add_audit(CLI::App& queue, program_context& context) {
    struct switches {
        std::string name{};
        bool on{false};
        bool off{false};
        bool clear{false};
        bool sure{false};
    };
    auto* command =
        queue.add_subcommand("audit", "Write down every change of a queue's items, or stop to");
    auto given = std::make_shared<switches>();
    command->add_option("NAME", given->name, "Name of the queue")->required()->type_name("");
    command->add_flag("--on", given->on, "From now on, in the transaction of each change");
    command->add_flag("--off", given->off, "No longer; what was written down stays");
    command->add_flag("--clear", given->clear, "Empty it; one that is on begins anew");
    command->add_flag("--yes", given->sure, "Yes, empty it; required by --clear");
    command->footer(
        "Without a switch, tells whether it is on. Workers may be at work meanwhile. What it\n"
        "costs, and how to judge it: docs/operating.md, leasehold verify.\n"
        "JSON: {queue, audit, cleared}\n\n"
        "Example:\n  leasehold queue audit mail --on\n  leasehold verify mail --history");
    command->callback([&context, given] {
        if (given->on + given->off + given->clear > 1) {
            throw std::invalid_argument("one of --on, --off and --clear at a time");
        }
        if (given->clear && !given->sure) {
            throw std::invalid_argument("--clear takes the audit of " +
                                        quoted_excerpt(given->name) +
                                        " away for good; if you mean it, add --yes");
        }
        const auto wish = given->on      ? audit_wish::on
                          : given->off   ? audit_wish::off
                          : given->clear ? audit_wish::clear
                                         : audit_wish::none;
        context.chosen = [&context, given, wish] { return audit(context, given->name, wish); };
    });
}

void add_create(CLI::App& queue, program_context& context) {
    struct wish {
        queue_spec queue{};
        std::string claims{"row"};
        bool if_not_exists{false};
    };
    auto* command = queue.add_subcommand("create", "Create a queue");
    auto wanted = std::make_shared<wish>();
    command
        ->add_option("NAME", wanted->queue.name,
                     "1 to 40 lower-case letters, digits and underscores, a letter first")
        ->required()
        ->type_name("");
    add_number_option(
        *command, "--parts", {1, 1024}, [wanted](int parts) { wanted->queue.part_count = parts; },
        "Number of parts; 64 unless told. It can grow: queue parts NAME --grow 2x");
    command->add_flag("--keyed", wanted->queue.keyed,
                      "Items with the same --key run in order, never two at a time; for the "
                      "queue's whole life");
    add_number_option(
        *command, "--max-attempts", {1, 1000},
        [wanted](int limit) { wanted->queue.max_attempts = limit; },
        "Attempts before an item is given up; 25 unless told");
    add_number_option(
        *command, "--retry-base", any_wait,
        [wanted](int wait) { wanted->queue.retries.base = milliseconds{wait}; },
        "Longest wait before the second attempt, in ms; doubles with each; 1000 unless told");
    add_number_option(
        *command, "--retry-max", any_wait,
        [wanted](int wait) { wanted->queue.retries.max = milliseconds{wait}; },
        "Longest wait before any attempt, in ms; 3600000 unless told");
    command
        ->add_option("--strategy", wanted->queue.strategy,
                     "How parts are divided: lexical, sticky or balanced; lexical unless told")
        ->type_name("STRATEGY");
    command
        ->add_option(
            "--claims", wanted->claims,
            "row: each claim is on its item; lease: for short tasks, see docs/operating.md;"
            " row unless told")
        ->type_name("MODE");
    command->add_flag("--if-not-exists", wanted->if_not_exists,
                      "A queue of that name and part count is fine");
    command->footer(
        "At most as many sessions as there are parts work at once. A failed item waits a random\n"
        "time, at most --retry-base after the first attempt, twice that after the second, and so "
        "on.\n\n"
        "Examples:\n  leasehold queue create mail --parts 16 --max-attempts 5\n"
        "  leasehold queue create accounts --keyed --strategy sticky");
    command->callback([&context, wanted] {
        require_strategy(wanted->queue.strategy);
        wanted->queue.claims = claim_mode_from(wanted->claims);
        context.chosen = [&context, wanted] {
            return create(context, wanted->queue,
                          wanted->if_not_exists ? when_it_exists::accept : when_it_exists::fail);
        };
    });
}

void add_list(CLI::App& queue, program_context& context) {
    auto* command = queue.add_subcommand("list", "List the queues");
    command->footer(
        "JSON: [{name, parts, strategy, claims, keyed, max_attempts, generation, state, audit,\n"
        "sessions, paused}]\n\n"
        "Example:\n  leasehold queue list --json");
    command->callback([&context] { context.chosen = [&context] { return list(context); }; });
}

void add_drop(CLI::App& queue, program_context& context) {
    auto* command = queue.add_subcommand("drop", "Drop a queue with all its items");
    auto name = std::make_shared<std::string>();
    auto sure = std::make_shared<bool>(false);
    command->add_option("NAME", *name, "Name of the queue")->required()->type_name("");
    command->add_flag("--yes", *sure, "Yes, drop the items too; required");
    command->footer(
        "Refused while sessions are at work in it.\n\n"
        "Example:\n  leasehold queue drop mail --yes");
    command->callback([&context, name, sure] {
        if (!*sure) {
            throw std::invalid_argument("queue drop takes all items of " + quoted_excerpt(*name) +
                                        " away for good; if you mean it, add --yes");
        }
        context.chosen = [&context, name] { return drop(context, *name); };
    });
}

}  // namespace

void add_queue_command(CLI::App& app, program_context& context) {
    auto* queue = app.add_subcommand("queue", "Create, change, pause, list, audit and drop queues");
    queue->require_subcommand(1);
    queue->footer(
        "Example:\n  leasehold queue create mail\n  leasehold queue list\n"
        "  leasehold queue drop mail --yes");
    add_create(*queue, context);
    add_queue_set(*queue, context);
    add_queue_pause(*queue, context);
    add_list(*queue, context);
    add_audit(*queue, context);
    add_queue_parts_command(*queue, context);
    add_drop(*queue, context);
}

}  // namespace leasehold
