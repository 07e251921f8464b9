#pragma once

#include "sql/connection.hpp"

#include <leasehold/queue.hpp>

#include <CLI/CLI.hpp>
#include <nlohmann/json_fwd.hpp>

#include <functional>
#include <memory>
#include <string>

/// What the commands of the program share.
///
/// A command is a function that adds itself to the parser, and whose callback puts what is to be
/// done into program_context::chosen. Nothing is done while arguments are still being read.
/// std::invalid_argument means a wrong call, every other exception a failure; main() prints it in
/// one line and ends with usage_exit or failure_exit.

namespace leasehold {

inline constexpr int success_exit = 0;
inline constexpr int failure_exit = 1;
inline constexpr int usage_exit = 2;

/// The options that every command takes, and the command that was chosen.
struct program_context {
    std::string dsn{};              ///< of --dsn or LEASEHOLD_DSN; never printed
    bool json{false};               ///< data is printed for programs
    std::function<int()> chosen{};  ///< answers the exit status
};

void add_migrate_command(CLI::App& app, program_context& context);
void add_queue_command(CLI::App& app, program_context& context);
/// queue parts, a command of the group `queue`.
void add_queue_parts_command(CLI::App& queue, program_context& context);
void add_enqueue_command(CLI::App& app, program_context& context);
void add_work_command(CLI::App& app, program_context& context);
/// Three commands: status, parts, sessions.
void add_status_commands(CLI::App& app, program_context& context);
void add_dead_command(CLI::App& app, program_context& context);
void add_cancel_command(CLI::App& app, program_context& context);
void add_verify_command(CLI::App& app, program_context& context);
void add_plan_command(CLI::App& app, program_context& context);
/// Three commands: cordon, uncordon, evict.
void add_seat_commands(CLI::App& app, program_context& context);
void add_log_command(CLI::App& app, program_context& context);
void add_bench_command(CLI::App& app, program_context& context);

/// Commands of `queue` that have files of their own: set; pause and resume.
void add_queue_set(CLI::App& queue, program_context& context);
void add_queue_pause(CLI::App& queue, program_context& context);

/// {max_attempts, retry_base_ms, retry_max_ms, strategy, settle_ms, restart_grace_ms,
/// help_delay_ms, helpers_max}
nlohmann::ordered_json settings_json(const queue_info& queue);

/// Where the database is.
/// @throws std::invalid_argument when nobody says, or the text cannot be read
dsn database_of(const program_context& context);

/// A connection, opened, to a database whose schema is just what this build needs.
/// @throws sql_failure saying what to run when it is not
std::unique_ptr<connection> connect(const program_context& context,
                                    const connect_options& options = {});

/// For commands that read whole tables and wait for it.
connect_options reading_options();

/// The queue of that name, ready for use.
/// @throws std::invalid_argument when the name can name no queue
/// @throws sql_failure when there is none
queue_info chosen_queue(connection& on, const std::string& name);

/// The argument QUEUE.
CLI::Option* add_queue_argument(CLI::App& command, std::string& name);

struct number_range {
    int least{0};
    int most{0};
    const char* unit{""};  ///< for messages, such as " of milliseconds"
};

inline constexpr const char* in_milliseconds = " of milliseconds";
/// The longest wait that an option can say: 24 days; leasehold.queues allows 30.
inline constexpr number_range any_wait{1, 2'073'600'000, in_milliseconds};

/// An option whose value is a whole number, in plain decimal digits. (CLI11 would read 010 as 8.)
CLI::Option* add_number_option(CLI::App& command, const std::string& names, number_range range,
                               std::function<void(int)> set, const std::string& description);

/// @throws std::invalid_argument naming `what` and the range
int whole_number(const std::string& text, const std::string& what, number_range range);

/// One line of JSON, without its end.
std::string json_line(const nlohmann::ordered_json& value);
/// Prints one line of JSON and flushes it.
void print_json(const nlohmann::ordered_json& value);

}  // namespace leasehold
