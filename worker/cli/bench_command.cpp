// leasehold bench: what this database can do, with Leasehold and in the ways of others.

#include "base/utf8_text.hpp"
#include "worker/bench/baselines.hpp"
#include "worker/bench/enqueue_contest.hpp"
#include "worker/bench/latency.hpp"
#include "worker/bench/own_queue.hpp"
#include "worker/cli/bench_wish.hpp"

#include <algorithm>
#include <iterator>
#include <memory>
#include <sstream>
#include <stdexcept>

namespace leasehold {

namespace {

using wish_ptr = std::shared_ptr<bench_wish>;

constexpr number_range worker_counts{1, 256};
constexpr number_range batch_sizes{1, 10'000};

template <class Named>
std::vector<std::string> names_in(const std::vector<Named>& all) {
    std::vector<std::string> names;
    names.reserve(all.size());
    for (const auto& one : all) {
        names.push_back(one.name);
    }
    return names;
}

std::vector<std::string> own_names() {
    std::vector<std::string> names;
    for (const auto& mode : bench::claim_modes()) {
        names.push_back("leasehold-" + mode);
    }
    return names;
}

/// Who drains a queue: ours, the others, and the limit.
std::vector<std::string> drainer_names() {
    auto names = own_names();
    const auto others = names_in(bench::baseline_names());
    names.insert(names.end(), others.begin(), others.end());
    names.emplace_back("limit");
    return names;
}

std::string joined(const std::vector<std::string>& words) {
    std::string text;
    for (const auto& word : words) {
        text += (text.empty() ? "" : ", ") + word;
    }
    return text;
}

std::vector<std::string> split(const std::string& text) {
    std::vector<std::string> words;
    std::istringstream from{text + ","};
    for (std::string word; std::getline(from, word, ',');) {
        words.push_back(word);
    }
    return words;
}

template <class Value>
void require_once(const std::vector<Value>& values, const std::string& what,
                  const std::string& text) {
    for (auto one = values.begin(); one != values.end(); ++one) {
        if (std::find(values.begin(), one, *one) != one) {
            throw std::invalid_argument(what + " is " + quoted_excerpt(text) +
                                        "; name each value once");
        }
    }
}

void add_list_option(CLI::App& command, const std::string& name, number_range range,
                     std::vector<int>& into, const std::string& description) {
    command
        .add_option_function<std::string>(
            name,
            [&into, name, range](const std::string& text) {
                into = number_list(text, name, range);
            },
            description)
        ->type_name("N,N...");
}

void add_names_option(CLI::App& command, const std::string& name,
                      const std::vector<std::string>& known, std::vector<std::string>& into,
                      const std::string& description) {
    command
        .add_option_function<std::string>(
            name,
            [&into, name, known](const std::string& text) { into = name_list(text, name, known); },
            description + ": " + joined(known))
        ->type_name("NAME,...");
}

void add_number(CLI::App& command, const std::string& name, number_range range, int& into,
                const std::string& description) {
    add_number_option(
        command, name, range, [&into](int value) { into = value; },
        description + " (default " + std::to_string(into) + ")");
}

/// Options of every bench, and what is done when it is chosen.
CLI::App* add_bench(CLI::App& group, program_context& context, const wish_ptr& wanted,
                    const std::string& description) {
    auto* command = group.add_subcommand(name_of(wanted->kind), description);
    add_number(*command, "--rounds", {1, 100}, wanted->rounds,
               "Rounds; each measures all once, in turns");
    add_number_option(
        *command, "--server-pid", {1, 2'147'483'647},
        [wanted](int pid) { wanted->server_pid = pid; },
        "First process of the server on this machine, for its processor time (default: of "
        "LEASEHOLD_PGDATA)");
    command
        ->add_option_function<std::vector<std::string>>(
            "--json",
            [wanted, &context](const std::vector<std::string>& files) {
                wanted->json_file = files.empty() ? "" : files.front();
                context.json = context.json || wanted->json_file.empty();
            },
            "Print JSON instead of the table; with FILE, write it there beside the table")
        ->expected(0, 1)
        ->type_name("[FILE]");
    command->add_flag("--quiet", wanted->quiet, "Say nothing on stderr of how far it is");
    command->callback([&context, wanted] {
        context.chosen = [&context, wanted] { return run_bench(context, *wanted); };
    });
    return command;
}

/// Options of the benches that put items in and have them done.
void add_sizes(CLI::App& command, const wish_ptr& wanted) {
    add_list_option(command, "--workers", worker_counts, wanted->workers,
                    "How many at once; each number is measured");
    add_list_option(command, "--batch", batch_sizes, wanted->batches,
                    "Items in one step; each number is measured");
    add_number(command, "--items", {1, 100'000'000}, wanted->items, "Items a round");
    add_number(command, "--seconds", {1, 86'400}, wanted->seconds,
               "Longest that one round of one contender lasts");
    add_number(command, "--payload-bytes", {0, 1'000'000}, wanted->payload_bytes,
               "Size of an item's payload");
}

void add_own_options(CLI::App& command, const wish_ptr& wanted) {
    add_number(command, "--parts", {1, 1024}, wanted->parts, "Parts of Leasehold's queue");
    add_number(command, "--slots", {1, 1024}, wanted->slots,
               "Handlers that one worker of Leasehold's runs at once, at most its batch");
}

wish_ptr make_wish(bench_kind kind, std::vector<std::string> contenders, std::vector<int> workers,
                   std::vector<int> batches, int items) {
    return std::make_shared<bench_wish>(bench_wish{.kind = kind,
                                                   .contenders = std::move(contenders),
                                                   .workers = std::move(workers),
                                                   .batches = std::move(batches),
                                                   .items = items});
}

const std::vector<int> usual_workers{1, 2, 4, 8, 16};
const std::vector<int> usual_batches{1, 10, 100, 1'000};
constexpr int usual_items = 100'000;

void add_drain(CLI::App& group, program_context& context) {
    const auto wanted =
        make_wish(bench_kind::drain, own_names(), usual_workers, usual_batches, usual_items);
    auto* command = add_bench(group, context, wanted, "How fast workers of the library drain");
    add_sizes(*command, wanted);
    add_own_options(*command, wanted);
    command
        ->add_option_function<std::string>(
            "--mode",
            [wanted](const std::string& text) {
                std::erase_if(wanted->contenders,
                              [](const auto& name) { return name.starts_with("leasehold-"); });
                auto first = wanted->contenders.begin();
                for (const auto& mode : name_list(text, "--mode", bench::claim_modes())) {
                    first = std::next(wanted->contenders.insert(first, "leasehold-" + mode));
                }
            },
            "How claims are kept: " + joined(bench::claim_modes()))
        ->type_name("MODE,...");
    add_number(*command, "--handler-ms", {0, 60'000}, wanted->handler_ms,
               "Milliseconds that the handler of an item sleeps");
    auto beside = names_in(bench::baseline_names());
    beside.emplace_back("limit");
    command
        ->add_option_function<std::string>(
            "--beside",
            [wanted, beside](const std::string& text) {
                for (const auto& name : name_list(text, "--beside", beside)) {
                    wanted->contenders.push_back(name);
                }
            },
            "Measured in the same run: " + joined(beside))
        ->type_name("NAME,...");
    command->footer(
        "A batch is the claims that a worker may hold at once (work --claims-max).\n\n"
        "Examples:\n  leasehold bench drain --workers 4 --batch 100 --beside limit,skip-locked\n"
        "  leasehold bench drain --handler-ms 1 --slots 64 --batch 500 --workers 4");
}

void add_limit(CLI::App& group, program_context& context) {
    const auto wanted =
        make_wish(bench_kind::limit, {"limit"}, usual_workers, usual_batches, usual_items);
    auto* command = add_bench(group, context, wanted,
                              "What this server can do at all: read a batch, delete it");
    add_sizes(*command, wanted);
    command->footer(
        "Each worker has a table of its own with random ids, and deletes under a lock on one row\n"
        "of its own. No queue can be faster in this way.\n\n"
        "Example:\n  leasehold bench limit --workers 1,4 --batch 100,1000");
}

void add_baselines(CLI::App& group, program_context& context) {
    const auto wanted = make_wish(bench_kind::baselines, drainer_names(), usual_workers,
                                  usual_batches, usual_items);
    auto* command =
        add_bench(group, context, wanted, "Leasehold beside the queues in one table, in one run");
    add_sizes(*command, wanted);
    add_own_options(*command, wanted);
    add_names_option(*command, "--contenders", drainer_names(), wanted->contenders,
                     "Who takes part");
    std::string known;
    for (const auto& one : bench::baseline_names()) {
        known += "  " + one.name + std::string(14 - one.name.size(), ' ') + one.what + "\n";
    }
    command->footer(
        "One table with an index on free jobs, drained by:\n" + known +
        "Those without k take one at a time. What all columns mean: docs/bench.md.\n\n"
        "Examples:\n  leasehold bench baselines --workers 4 --seconds 1 --rounds 1\n"
        "  leasehold bench baselines --contenders leasehold-row,skip-locked --json figures.json");
}

void add_latency(CLI::App& group, program_context& context) {
    const auto names = names_in(bench::latency_ways());
    const auto wanted = make_wish(bench_kind::latency, names, {4}, {1}, 300);
    auto* command = add_bench(group, context, wanted,
                              "How soon an item starts that comes while all workers are idle");
    add_list_option(*command, "--workers", worker_counts, wanted->workers, "Workers (default 4)");
    add_number(*command, "--items", {10, 1'000'000}, wanted->items, "Items a round");
    add_number(*command, "--rate", {1, 1'000}, wanted->rate, "Items a second");
    add_own_options(*command, wanted);
    add_names_option(*command, "--contenders", names, wanted->contenders, "Who takes part");
    command->footer(
        "Milliseconds, from just before the statement that puts an item in.\n\n"
        "Example:\n  leasehold bench latency --rate 20 --items 200");
}

void add_enqueue(CLI::App& group, program_context& context) {
    const auto names = names_in(bench::enqueue_ways());
    const auto wanted = make_wish(bench_kind::enqueue, names, {1, 4}, usual_batches, usual_items);
    auto* command = add_bench(group, context, wanted, "How fast items are put in");
    add_sizes(*command, wanted);
    add_number(*command, "--parts", {1, 1024}, wanted->parts, "Parts of Leasehold's queue");
    add_names_option(*command, "--contenders", names, wanted->contenders, "Who takes part");
    std::string known;
    for (const auto& one : bench::enqueue_ways()) {
        known += "  " + one.name + std::string(15 - one.name.size(), ' ') + one.what + "\n";
    }
    command->footer("One statement, and one COMMIT, a batch. Workers are the producers:\n" + known +
                    "\nExample:\n  leasehold bench enqueue --workers 1 --batch 1,1000");
}

void add_horizon(CLI::App& group, program_context& context) {
    auto names = own_names();
    names.emplace_back("skip-locked");
    const auto wanted = make_wish(bench_kind::horizon, names, {4}, {100}, 300'000);
    wanted->seconds = 60;
    auto* command =
        add_bench(group, context, wanted, "Draining while a transaction of before is still open");
    add_sizes(*command, wanted);
    add_own_options(*command, wanted);
    add_names_option(*command, "--contenders", drainer_names(), wanted->contenders,
                     "Who takes part");
    command->footer(
        "A REPEATABLE READ transaction that began before keeps the server from cleaning up behind\n"
        "the workers. A queue that minds gets slower from its first tenth to its last.\n\n"
        "Example:\n  leasehold bench horizon --items 100000");
}

}  // namespace

std::string name_of(bench_kind kind) {
    switch (kind) {
        case bench_kind::drain: return "drain";
        case bench_kind::limit: return "limit";
        case bench_kind::baselines: return "baselines";
        case bench_kind::latency: return "latency";
        case bench_kind::enqueue: return "enqueue";
        case bench_kind::horizon: return "horizon";
    }
    throw std::logic_error("no such bench");
}

std::vector<int> number_list(const std::string& text, const std::string& what, number_range range) {
    std::vector<int> numbers;
    for (const auto& word : split(text)) {
        numbers.push_back(whole_number(word, what, range));
    }
    require_once(numbers, what, text);
    return numbers;
}

std::vector<std::string> name_list(const std::string& text, const std::string& what,
                                   const std::vector<std::string>& known) {
    auto names = split(text);
    for (const auto& name : names) {
        if (std::find(known.begin(), known.end(), name) == known.end()) {
            throw std::invalid_argument(what + " names " + quoted_excerpt(name) +
                                        "; there are: " + joined(known));
        }
    }
    require_once(names, what, text);
    return names;
}

void add_bench_command(CLI::App& app, program_context& context) {
    auto* group =
        app.add_subcommand("bench", "Measure this database, with Leasehold and in others' ways");
    group->require_subcommand(1);
    group->footer(
        "Makes queues named leasehold_bench_... and a schema leasehold_bench, and drops them at\n"
        "the end and on Ctrl-C. It loads the server as much as it can: not beside production.\n\n"
        "Example:\n  leasehold bench drain --workers 4 --batch 100 --beside limit,skip-locked");
    add_drain(*group, context);
    add_limit(*group, context);
    add_baselines(*group, context);
    add_latency(*group, context);
    add_enqueue(*group, context);
    add_horizon(*group, context);
}

}  // namespace leasehold
