// leasehold work: a worker of one queue, until it is told to stop or the queue is empty.

#include "items/claim_store.hpp"
#include "parts/queue_store.hpp"
#include "sql/batch.hpp"
#include "worker/cli/command.hpp"
#include "worker/cli/program_handler.hpp"
#include "worker/cli/secret_text.hpp"
#include "worker/log.hpp"

#include <leasehold/work_events.hpp>
#include <leasehold/worker.hpp>

#include <utility>  // before Asio: Boost 1.74 uses std::exchange without it

#include <spdlog/spdlog.h>
#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/steady_timer.hpp>
#include <nlohmann/json.hpp>

#include <csignal>
#include <iostream>
#include <map>

namespace leasehold {

namespace {

namespace asio = boost::asio;

/// What the user asked for.
struct work_request {
    std::string queue{};
    worker_options options{};
    std::vector<std::string> program{};
    std::string record{};
    std::string sql{};
    std::string history{};
    std::string log_level{"info"};
    milliseconds kill_after{2'000};
    bool noop{false};
    bool until_empty{false};
};

void set_up_log(const std::string& level) {
    const auto logger = spdlog::get("leasehold");
    logger->set_pattern("%Y-%m-%dT%H:%M:%S.%eZ %l %v", spdlog::pattern_time_type::utc);
    logger->set_level(spdlog::level::from_str(level));
}

bound_sql record_of(const work_request& wanted) {
    return bind_sql(wanted.record,
                    {sql_parameter::id, sql_parameter::payload, sql_parameter::stdout_text,
                     sql_parameter::attempt, sql_parameter::claim_token});
}

bound_sql sql_of(const work_request& wanted) {
    return bind_sql(wanted.sql, {sql_parameter::id, sql_parameter::payload, sql_parameter::attempt,
                                 sql_parameter::claim_token});
}

/// A statement that cannot be run would cost every item its attempts.
void check_sql(connection& on, const char* option, const bound_sql& statement) {
    try {
        check_statement(on, statement.text);
    } catch (const sql_failure& failure) {
        if (failure.kind() != sql_failure_kind::refused) {
            return;  // no word on the statement; the worker will say what it is
        }
        throw std::invalid_argument(std::string{option} + " cannot be run here: " + failure.what());
    }
}

void check_sql(const dsn& where, const work_request& wanted) {
    connection on{where, {.application_name = "leasehold handler"}};
    if (!wanted.sql.empty()) {
        check_sql(on, "--sql", sql_of(wanted));
    }
    if (!wanted.record.empty()) {
        check_sql(on, "--record", record_of(wanted));
    }
}

handler program_of(const work_request& wanted) {
    if (!is_program(wanted.program.front())) {
        throw std::invalid_argument("there is no program \"" + wanted.program.front() +
                                    "\" to run; give its path, or set PATH");
    }
    program_spec spec{.kill_after = wanted.kill_after};
    for (const auto& argument : wanted.program) {
        spec.argv.emplace_back(argument);
    }
    if (!wanted.record.empty()) {
        spec.record = record_of(wanted);
    }
    return program_handler(wanted.queue, std::move(spec));
}

handler handler_of(const work_request& wanted) {
    const int ways =
        (wanted.noop ? 1 : 0) + (wanted.sql.empty() ? 0 : 1) + (wanted.program.empty() ? 0 : 1);
    if (ways != 1) {
        throw std::invalid_argument(
            "say what to do with an item, in one way: -- PROGRAM ARG..., or --sql SQL, or --noop");
    }
    if (!wanted.record.empty() && wanted.program.empty()) {
        throw std::invalid_argument(
            "--record stores what a program has done; without a program, use --sql");
    }
    if (wanted.noop) {
        return noop_handler();
    }
    if (!wanted.sql.empty()) {
        return sql_handler(sql_of(wanted));
    }
    return program_of(wanted);
}

/// Tells when nothing is left to do in the whole queue, whoever works on it.
class emptiness {
public:
    emptiness(const program_context& context, std::string queue)
        : on_(database_of(context), reading_options()), queue_(std::move(queue)) {}

    /// A server that is away for a moment says nothing about the queue.
    bool holds() {
        try {
            return read_snapshot(on_, [&](transaction& tx) {
                return !any_open(tx, require_queue(tx, queue_));
            });
        } catch (const sql_failure& failure) {
            log().warn("cannot look whether the queue is empty error=\"{}\"", failure.what());
            return false;
        }
    }

private:
    connection on_;
    std::string queue_;
};

/// The main thread while the worker works: signals, emptiness, and the worker's own end.
class worker_watch {
public:
    worker_watch(worker& watched, emptiness* empty) : worker_(watched), empty_(empty) {}

    void run() {
        wait_for_signal();
        look_later();
        io_.run();
    }

private:
    void wait_for_signal() {
        signals_.async_wait([this](const boost::system::error_code& error, int number) {
            if (error) {
                return;
            }
            if (std::exchange(told_, true)) {
                log().error(
                    "second signal: ending at once; others take over, at the latest after the ttl");
                log().flush();
                std::_Exit(128 + number);
            }
            log().info("signal {}: draining", number);
            worker_.request_drain();
            wait_for_signal();
        });
    }

    void look_later() {
        constexpr std::chrono::milliseconds pace{50};
        timer_.expires_after(pace);
        timer_.async_wait([this](const boost::system::error_code& error) {
            if (!error) {
                look();
            }
        });
    }

    void look() {
        if (worker_.wait_drained(milliseconds{0})) {
            io_.stop();
            return;
        }
        // Looking costs the server a search over all parts, so not at every turn.
        const bool turn = ++looks_ % 5 == 0;
        const bool asked = told_ || emptied_;
        if (turn && empty_ != nullptr && !asked && worker_.is_idle() && empty_->holds()) {
            emptied_ = true;
            worker_.request_drain();
        }
        look_later();
    }

    worker& worker_;
    emptiness* empty_;
    bool told_ = false;     ///< by a signal
    bool emptied_ = false;  ///< the queue is
    unsigned looks_ = 0;
    asio::io_context io_{1};
    asio::signal_set signals_{io_, SIGINT, SIGTERM};
    asio::steady_timer timer_{io_};
};

void print_summary(const program_context& context, const work_summary& done, double seconds) {
    if (context.json) {
        print_json({{"completed", done.completed},
                    {"retried", done.retried},
                    {"buried", done.buried},
                    {"lost", done.lost},
                    {"serialization_retries", done.serialization_retries},
                    {"seconds", seconds},
                    {"snoozed", done.snoozed},
                    {"released", done.released},
                    {"cancelled", done.cancelled},
                    {"unknown", done.unknown},
                    {"membership_retries", done.membership_retries},
                    {"sessions", done.sessions}});
        return;
    }
    std::cout << "completed " << done.completed << ", retried " << done.retried << ", buried "
              << done.buried << ", released " << done.released << ", cancelled " << done.cancelled
              << ", lost " << done.lost;
    if (done.unknown > 0) {
        std::cout << ", unknown " << done.unknown;
    }
    std::cout << "; " << done.serialization_retries << " serialization retries; "
              << fmt::format("{:.1f}", seconds) << " s\n";
}

int work(const program_context& context, const work_request& wanted) {
    auto handle = handler_of(wanted);
    auto options = wanted.options;
    // A claim is released once its program is dead, not while it still runs.
    options.work.stop_grace = wanted.kill_after + milliseconds{500};
    options = validated(options);
    check_sql(database_of(context), wanted);  // refused before anything is begun
    set_up_log(wanted.log_level);

    std::shared_ptr<history_file> history;
    if (!wanted.history.empty()) {
        history = std::make_shared<history_file>(wanted.history, wanted.queue);
    }
    worker one{context.dsn, wanted.queue, std::move(handle), options, history};
    const auto begun = machine_clock().now();
    one.start();
    std::optional<emptiness> empty;
    if (wanted.until_empty) {
        empty.emplace(context, wanted.queue);
    }
    worker_watch{one, empty ? &*empty : nullptr}.run();
    one.drain();

    const std::chrono::duration<double> took = machine_clock().now() - begun;
    print_summary(context, one.summary(), took.count());
    std::cout.flush();  // what follows may wait for handlers that do not end
    if (const auto failure = one.failure()) {
        throw std::runtime_error(*failure);
    }
    if (history != nullptr && !history->failure().empty()) {
        throw std::runtime_error(history->failure());
    }
    return success_exit;
}

/// How much of the work is this worker's.
void add_shares(CLI::App& command, work_request& wanted) {
    add_number_option(
        command, "--slots", {1, 1'024}, [&wanted](int n) { wanted.options.work.slots = n; },
        "Items worked on at once (default 4)");
    add_number_option(
        command, "--claims-max", {1, 10'000},
        [&wanted](int n) { wanted.options.work.claims_max = n; },
        "Items claimed and not yet acknowledged, at most (default 500)");
    command
        .add_option_function<std::string>(
            "--name",
            [&wanted](const std::string& name) {
                if (name.empty()) {
                    throw std::invalid_argument("--name is empty; leave it out to mean HOST:PID");
                }
                wanted.options.session.name = name;
            },
            "Name of this worker, for people (default HOST:PID)")
        ->type_name("TEXT");
    add_number_option(
        command, "--weight", {1, 1'000}, [&wanted](int n) { wanted.options.session.weight = n; },
        "Its share of the parts, beside those of others, in queues divided by sticky or balanced "
        "(default 1)");
}

void add_times(CLI::App& command, work_request& wanted) {
    add_number_option(
        command, "--ttl", {1'000, 300'000, in_milliseconds},
        [&wanted](int ms) {
            wanted.options.session.ttl = milliseconds{ms};
            // A fifth to stop work in, within the bounds of the option.
            wanted.options.session.margin =
                std::clamp(milliseconds{ms / 5}, milliseconds{200}, milliseconds{2'000});
        },
        "Milliseconds of silence after which others take over (default 10000)");
    add_number_option(
        command, "--poll", {10, 60'000, in_milliseconds},
        [&wanted](int ms) { wanted.options.work.poll = milliseconds{ms}; },
        "Milliseconds between looks into an empty queue (default 250)");
    add_number_option(
        command, "--drain", {0, 3'600'000, in_milliseconds},
        [&wanted](int ms) { wanted.options.work.drain = milliseconds{ms}; },
        "Milliseconds that running items get when the worker drains (default 8000)");
    add_number_option(
        command, "--kill-after", {0, 3'000'000, in_milliseconds},
        [&wanted](int ms) { wanted.kill_after = milliseconds{ms}; },
        "Milliseconds between SIGTERM and SIGKILL for a program that is to stop (default 2000)");
    add_number_option(
        command, "--part-drain", {0, 3'600'000, in_milliseconds},
        [&wanted](int ms) { wanted.options.leases.drain = milliseconds{ms}; },
        "Milliseconds that running items get when their part moves to another worker (default "
        "30000)");
}

}  // namespace

void add_work_command(CLI::App& app, program_context& context) {
    auto* command = app.add_subcommand("work", "Work on a queue's items");
    const auto wanted = std::make_shared<work_request>();
    add_queue_argument(*command, wanted->queue);
    command
        ->add_option("program", wanted->program,
                     "After --: the program to run once per item, and its arguments, in which "
                     "{field} stands for that field of the payload")
        ->type_name("PROGRAM ARG...");
    add_shares(*command, *wanted);
    add_times(*command, *wanted);
    command
        ->add_option("--record", wanted->record,
                     "One SQL statement run in the transaction that acknowledges the item, with "
                     ":id :payload :stdout :attempt :token as parameters")
        ->type_name("SQL");
    command
        ->add_option("--sql", wanted->sql,
                     "Instead of a program: one SQL statement that is the whole work, with :id "
                     ":payload :attempt :token as parameters")
        ->type_name("SQL");
    command->add_flag("--noop", wanted->noop, "Instead of a program: complete at once");
    command->add_flag_callback(
        "--no-notices", [wanted] { wanted->options.leases.notices = false; },
        "Do not listen to what the database tells; find new items and dead workers by looking");
    command->add_flag("--until-empty", wanted->until_empty,
                      "End when nothing is ready or claimed anywhere in the queue; items scheduled "
                      "for later are not waited for");
    command
        ->add_option("--history", wanted->history,
                     "Append what happens to FILE, one for each worker, to be judged by leasehold "
                     "verify")
        ->type_name("FILE");
    command->add_option("--log-level", wanted->log_level, "What is logged to stderr (default info)")
        ->type_name("LEVEL")
        ->check(CLI::IsMember({"debug", "info", "warn", "error", "off"}));
    command->footer(
        "Runs PROGRAM without a shell, the payload on its stdin, and LEASEHOLD_QUEUE,\n"
        "LEASEHOLD_ID, LEASEHOLD_TOKEN, LEASEHOLD_ATTEMPT and LEASEHOLD_PART in its environment.\n"
        "Exit 0 completes the item, 75 retries it, 65 buries it, anything else retries until its\n"
        "attempts are spent. SIGTERM or Ctrl-C drains: no new claims, running programs get\n"
        "SIGTERM, the rest is released.\n"
        "\n"
        "Examples:\n"
        "  leasehold work files --slots 8 --until-empty \\\n"
        "      --record \"INSERT INTO sums VALUES (:payload->>'path', :stdout)\" \\\n"
        "      -- sha256sum -- {path}\n"
        "  leasehold work mail --sql \"INSERT INTO sent SELECT :id, :payload\"");
    command->callback([&context, wanted] {
        context.chosen = [&context, wanted] { return work(context, *wanted); };
    });
}

}  // namespace leasehold
