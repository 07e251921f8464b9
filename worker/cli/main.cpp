// The program `leasehold`: words in, tables or JSON out.

#include "base/text.hpp"
#include "base/utf8_text.hpp"
#include "worker/cli/command.hpp"
#include "worker/cli/secret_text.hpp"

#include <spdlog/sinks/stdout_color_sinks.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <csignal>
#include <iostream>
#include <stdexcept>
#include <string>
#include <vector>

#ifndef LEASEHOLD_VERSION
#define LEASEHOLD_VERSION "unknown"
#endif

namespace leasehold {

namespace {

int fail(const std::string& message, int status) {
    std::cout.flush();
    std::cerr << "leasehold: " << one_line(without_secrets(message)) << std::endl;
    return status;
}

void add_commands(CLI::App& app, program_context& context) {
    app.set_version_flag("--version", "leasehold " LEASEHOLD_VERSION, "Print the version and exit");
    app.set_help_flag("-h,--help", "Print this help and exit");
    app.require_subcommand(1);
    app.fallthrough();  // so that the options below may also follow the command
    app.add_option("--dsn", context.dsn,
                   "The database: postgresql://USER@HOST:PORT/DB, or host=HOST dbname=DB ...")
        ->envname("LEASEHOLD_DSN")
        ->type_name("DSN");
    app.add_flag("--json", context.json, "Print data as JSON, for programs");
    app.get_formatter()->column_width(34);
    app.footer(
        "Exit status: 0 success, 1 failure, 2 wrong call.\n\n"
        "Example:\n"
        "  export LEASEHOLD_DSN=postgresql://me@localhost/app\n"
        "  leasehold migrate\n"
        "  leasehold queue create mail\n"
        "  seq 1000 | leasehold enqueue mail --lines -\n"
        "  leasehold work mail --until-empty -- echo {line}\n"
        "  leasehold status mail");
    add_migrate_command(app, context);
    add_queue_command(app, context);
    add_enqueue_command(app, context);
    add_work_command(app, context);
    add_status_commands(app, context);
    add_dead_command(app, context);
    add_cancel_command(app, context);
    add_verify_command(app, context);
    add_plan_command(app, context);
    add_log_command(app, context);
    add_seat_commands(app, context);
    add_bench_command(app, context);
}

/// What the parser did not like, and the --help that helps.
std::string usage_problem(const CLI::App& app, const CLI::ParseError& error) {
    std::string call = "leasehold";
    const CLI::App* at = &app;
    for (auto chosen = at->get_subcommands(); !chosen.empty(); chosen = at->get_subcommands()) {
        at = chosen.front();
        call.append(" ").append(at->get_name());
    }
    const auto unknown = app.remaining(true);
    const bool wants_command = at->get_require_subcommand_min() > 0;
    const auto problem = wants_command && !unknown.empty()
                             ? "there is no command " + quoted_excerpt(unknown.front())
                             : std::string{error.what()};
    return problem + "; see " + call + " --help";
}

int run_chosen(const program_context& context) {
    const int status = context.chosen();
    if (!std::cout.flush()) {
        return fail("cannot write to the standard output", failure_exit);
    }
    return status;
}

int run(std::vector<std::string> arguments) {
    CLI::App app{"Divides the rows of a SQL table among a fleet of workers.", "leasehold"};
    program_context context;
    add_commands(app, context);
    try {
        std::reverse(arguments.begin(), arguments.end());  // the order CLI11 wants them in
        app.parse(std::move(arguments));
        return run_chosen(context);
    } catch (const CLI::ParseError& error) {
        if (error.get_exit_code() == static_cast<int>(CLI::ExitCodes::Success)) {
            return app.exit(error);  // prints help or version
        }
        return fail(usage_problem(app, error), usage_exit);
    } catch (const std::invalid_argument& error) {
        return fail(error.what(), usage_exit);
    } catch (const std::exception& error) {
        return fail(error.what(), failure_exit);
    }
}

}  // namespace

}  // namespace leasehold

int main(int argc, char** argv) {
    // Inherited as ignored, it would make the kernel forget the exit codes of our programs.
    std::signal(SIGCHLD, SIG_DFL);
    const std::vector<std::string> arguments(argv + std::min(argc, 1), argv + argc);
    // Everyone on the machine can read the process list.
    std::for_each(argv, argv + argc, leasehold::overwrite_secrets);
    // What commands say is on stdout; of the library they pass on what went wrong.
    spdlog::stderr_color_mt("leasehold")->set_level(spdlog::level::warn);
    return leasehold::run(arguments);
}
