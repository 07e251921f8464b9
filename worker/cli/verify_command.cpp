// leasehold verify: does the database show every invariant of docs/guarantees.md?

#include "items/verify_store.hpp"
#include "worker/cli/command.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <iostream>
#include <stdexcept>

namespace leasehold {

namespace {

void print(const program_context& context, const std::vector<invariant_check>& checks) {
    if (context.json) {
        auto rows = nlohmann::ordered_json::array();
        for (const auto& one : checks) {
            rows.push_back({{"name", one.name}, {"ok", one.ok}, {"detail", one.detail}});
        }
        print_json({{"ok", all_hold(checks)}, {"checks", rows}});
        return;
    }
    for (const auto& one : checks) {
        std::cout << (one.ok ? "ok  " : "FAILED  ") << one.name << ": " << one.detail << '\n';
    }
}

int verify(const program_context& context, const std::string& name) {
    const auto on = connect(context, reading_options());
    const auto queue = chosen_queue(*on, name);
    const auto checks =
        read_snapshot(*on, [&](transaction& tx) { return verify_queue(tx, queue); });
    print(context, checks);
    if (!all_hold(checks)) {
        const auto broken =
            std::count_if(checks.begin(), checks.end(), [](const auto& one) { return !one.ok; });
        throw std::runtime_error(std::to_string(broken) + " of " + std::to_string(checks.size()) +
                                 " checks of queue '" + name + "' failed");
    }
    return success_exit;
}

}  // namespace

void add_verify_command(CLI::App& app, program_context& context) {
    auto* command =
        app.add_subcommand("verify", "Check every invariant of a queue that the database can show");
    auto name = std::make_shared<std::string>();
    add_queue_argument(*command, *name);
    command->footer(
        "All in one snapshot, so it may run while workers do. Exits 1 on a violation.\n"
        "JSON: {ok, checks[{name, ok, detail}]}\n\n"
        "Example:\n  leasehold verify mail");
    command->callback(
        [&context, name] { context.chosen = [&context, name] { return verify(context, *name); }; });
}

}  // namespace leasehold
