// leasehold migrate: brings the database's schema up to what this build needs.

#include "items/queue_renewal.hpp"
#include "sql/migrations.hpp"
#include "worker/cli/command.hpp"

#include <nlohmann/json.hpp>

#include <iostream>
#include <stdexcept>

namespace leasehold {

namespace {

connect_options migrating_options() {
    connect_options options;
    options.statement_timeout = milliseconds{0};  // waits for whoever migrates already
    options.index_scans_only = false;
    return options;
}

std::string joined(const std::vector<std::string>& names) {
    std::string text;
    for (const auto& name : names) {
        text += (text.empty() ? "" : ", ") + name;
    }
    return text;
}

int check(const program_context& context) {
    connection on{database_of(context), migrating_options()};
    const auto state = look_at_schema(on);
    if (context.json) {
        print_json(
            {{"installed", state.installed}, {"known", state.known}, {"pending", state.pending}});
    }
    if (!state.pending.empty()) {
        throw std::runtime_error("the database is behind by " + joined(state.pending) +
                                 "; run: leasehold migrate");
    }
    require_schema(on);
    if (!context.json) {
        std::cout << "the schema is up to date at version " << state.installed << '\n';
    }
    return success_exit;
}

int migrate_now(const program_context& context) {
    connection on{database_of(context), migrating_options()};
    transaction_counters counters;
    const auto applied = migrate(on, counters);
    const auto renewed = renew_queues(on, counters);
    const auto state = look_at_schema(on);
    if (context.json) {
        print_json({{"installed", state.installed},
                    {"known", state.known},
                    {"applied", applied},
                    {"renewed", renewed}});
        return success_exit;
    }
    for (const auto& name : applied) {
        std::cout << "applied " << name << '\n';
    }
    for (const auto& name : renewed) {
        std::cout << "renewed the tables of queue " << name << '\n';
    }
    std::cout << "the schema is up to date at version " << state.installed << '\n';
    return success_exit;
}

}  // namespace

void add_migrate_command(CLI::App& app, program_context& context) {
    auto* command = app.add_subcommand("migrate", "Create or upgrade the schema in the database");
    auto only_check = std::make_shared<bool>(false);
    command->add_flag("--check", *only_check,
                      "Change nothing; exit 1 and say what is behind, if anything is");
    command->footer(
        "Safe to run at any time, by any number of processes at once.\n\n"
        "Example:\n  leasehold migrate --dsn postgresql://me@localhost/app");
    command->callback([&context, only_check] {
        context.chosen = [&context, only_check] {
            return *only_check ? check(context) : migrate_now(context);
        };
    });
}

}  // namespace leasehold
