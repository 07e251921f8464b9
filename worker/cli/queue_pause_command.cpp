// leasehold queue pause, resume: nobody claims, everybody keeps their parts.

#include "parts/queue_store.hpp"
#include "sql/transaction.hpp"
#include "worker/cli/command.hpp"

#include <nlohmann/json.hpp>

#include <iostream>

namespace leasehold {

namespace {

int turn(const program_context& context, const std::string& name, queue_pace pace) {
    const auto on = connect(context);
    const auto queue = chosen_queue(*on, name);
    transaction_counters counters;
    const bool changed = run_transaction(*on, counters, [&](transaction& tx) {
        return set_paused(tx, queue.name, pace);
    });
    const bool paused = pace == queue_pace::paused;
    if (context.json) {
        print_json({{"queue", name}, {"paused", paused}, {"changed", changed}});
    } else {
        std::cout << "queue " << name << " is " << (paused ? "paused" : "not paused")
                  << (changed ? "\n" : ", as it was\n");
    }
    return success_exit;
}

void add_turn(CLI::App& queue, program_context& context, queue_pace pace, const char* name,
              const char* description, const char* footer) {
    auto* command = queue.add_subcommand(name, description);
    auto which = std::make_shared<std::string>();
    command->add_option("NAME", *which, "Name of the queue")->required()->type_name("");
    command->footer(footer);
    command->callback([&context, which, pace] {
        context.chosen = [&context, which, pace] { return turn(context, *which, pace); };
    });
}

}  // namespace

void add_queue_pause(CLI::App& queue, program_context& context) {
    add_turn(
        queue, context, queue_pace::paused, "pause", "Let nobody claim items of a queue",
        "Workers hear of it at once, or when they look (every 300 ms unless told): they claim\n"
        "nothing more, what runs goes on, what was claimed ahead runs too, and all keep their\n"
        "parts. Enqueueing goes on. A queue stays paused until it is resumed.\n"
        "JSON: {queue, paused, changed}\n\n"
        "Example:\n  leasehold queue pause mail");
    add_turn(queue, context, queue_pace::working, "resume", "Let workers claim again",
             "JSON: {queue, paused, changed}\n\n"
             "Example:\n  leasehold queue resume mail");
}

}  // namespace leasehold
