// What rebalancing costs whoever waits for an item, beside a pool of workers that has no parts.

#include "tests/bench/bench_worker.hpp"
#include "tests/bench/scenario.hpp"

#include <CLI/CLI.hpp>

#include <algorithm>
#include <fstream>
#include <iostream>

namespace leasehold::bench {

namespace {

struct scenario {
    std::string name{};
    void (*measure)(const setting&, report&);
};

const std::vector<scenario> scenarios{{"makespan", measure_makespan},
                                      {"latency", measure_latency},
                                      {"restart", measure_restart},
                                      {"kill", measure_kill},
                                      {"join", measure_join}};

struct wish {
    setting how{};
    std::vector<std::string> only{};
    std::string json{};
};

bool measure_all(const wish& wanted) {
    report found;
    for (const auto& one : scenarios) {
        if (wanted.only.empty() ||
            std::find(wanted.only.begin(), wanted.only.end(), one.name) != wanted.only.end()) {
            one.measure(wanted.how, found);
        }
    }
    std::cout << found.text() << std::flush;
    if (!wanted.json.empty() && !(std::ofstream{wanted.json} << found.json())) {
        throw std::runtime_error("cannot write " + wanted.json);
    }
    return found.complete();
}

void add_worker_command(CLI::App& app, worker_spec& spec) {
    auto* command = app.add_subcommand("worker", "What the program runs itself as");
    command->add_option("--dsn", spec.dsn)->required();
    command->add_option("--ledger", spec.ledger)->required();
    command->add_option("--seat", spec.seat)->required();
    command->add_option("--slots", spec.slots);
    command->add_option("--name", spec.name);
    command->add_option_function<int>("--ttl", [&spec](int ms) { spec.ttl = milliseconds{ms}; });
    command->add_option_function<int>("--poll", [&spec](int ms) { spec.poll = milliseconds{ms}; });
    command->add_flag_callback("--skip-locked", [&spec] { spec.how = way::skip_locked; });
    command->add_flag_callback("--no-notices", [&spec] { spec.notices = false; });
    command->add_flag("--rescue", spec.rescue);
}

}  // namespace

}  // namespace leasehold::bench

int main(int argc, char** argv) {
    namespace bench = leasehold::bench;
    CLI::App app{"Measures what rebalancing costs, beside a SKIP LOCKED pool, in one table."};
    bench::wish wanted;
    bench::worker_spec worker;
    std::string folder{"rebalance-bench-logs"};
    app.add_option("--rounds", wanted.how.rounds, "How often each scenario is played (default 3)")
        ->check(CLI::Range(1, 100));
    app.add_option("--only", wanted.only, "Only makespan, latency, restart, kill or join")
        ->check(CLI::IsMember({"makespan", "latency", "restart", "kill", "join"}));
    app.add_option("--json", wanted.json, "Write all numbers to FILE, too")->type_name("FILE");
    app.add_option("--logs", folder, "Folder for the logs of the workers")->type_name("DIR");
    app.add_option("--seed", wanted.how.seed, "Of everything that is drawn (default 1)");
    bench::add_worker_command(app, worker);
    CLI11_PARSE(app, argc, argv);
    try {
        if (app.got_subcommand("worker")) {
            return bench::run_worker(worker);
        }
        wanted.how.folder = folder;
        return bench::measure_all(wanted) ? 0 : 1;
    } catch (const std::exception& error) {
        std::cerr << "rebalance_bench: " << error.what() << '\n';
        return 1;
    }
}
