// What `leasehold bench` does once it is clear what is wanted.

#include "base/text.hpp"
#include "worker/bench/baselines.hpp"
#include "worker/bench/contest.hpp"
#include "worker/bench/enqueue_contest.hpp"
#include "worker/bench/ground.hpp"
#include "worker/bench/held_snapshot.hpp"
#include "worker/bench/interrupt.hpp"
#include "worker/bench/latency.hpp"
#include "worker/bench/limit.hpp"
#include "worker/bench/meter_store.hpp"
#include "worker/bench/own_queue.hpp"
#include "worker/bench/server_cpu.hpp"
#include "worker/cli/bench_report.hpp"
#include "worker/cli/bench_wish.hpp"

#include <utility>  // before Asio: Boost 1.74 uses std::exchange without it

#include <spdlog/spdlog.h>
#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <atomic>
#include <csignal>
#include <fstream>
#include <iostream>
#include <stdexcept>
#include <stop_token>
#include <thread>

#ifndef LEASEHOLD_VERSION
#define LEASEHOLD_VERSION "unknown"
#endif

namespace leasehold {

namespace {

namespace asio = boost::asio;
using nlohmann::ordered_json;

/// Ctrl-C asks for an end, after which all is cleared up; a second one ends at once.
class signal_watch {
public:
    signal_watch() {
        wait();
        thread_ = std::jthread{[this] { io_.run(); }};
    }
    ~signal_watch() { io_.stop(); }
    signal_watch(const signal_watch&) = delete;
    signal_watch& operator=(const signal_watch&) = delete;

    std::stop_token asked() const { return asked_.get_token(); }
    int number() const { return number_; }

private:
    void wait() {
        signals_.async_wait([this](const boost::system::error_code& error, int number) {
            if (error) {
                return;
            }
            if (number_ != 0) {
                std::_Exit(128 + number);
            }
            number_ = number;
            std::cerr << "leasehold: clearing up; once more ends at once, and the next leasehold "
                         "bench clears up"
                      << std::endl;
            asked_.request_stop();
            wait();
        });
    }

    std::atomic<int> number_{0};
    std::stop_source asked_;
    asio::io_context io_{1};
    asio::signal_set signals_{io_, SIGINT, SIGTERM};
    std::jthread thread_;
};

/// Opened before anything is measured: a name that cannot be written would be noticed too late.
std::ofstream json_file_of(const bench_wish& wanted) {
    std::ofstream file;
    if (!wanted.json_file.empty()) {
        file.open(wanted.json_file);
        if (!file) {
            throw std::invalid_argument("--json names \"" + wanted.json_file +
                                        "\", which cannot be written; name a file in a folder that "
                                        "is there and may be written to");
        }
    }
    return file;
}

std::optional<bench::server_cpu> processor_of(const bench_wish& wanted) {
    if (wanted.server_pid) {
        return bench::server_cpu{*wanted.server_pid};
    }
    const auto found = bench::postmaster_of_environment();
    return found ? std::optional<bench::server_cpu>{*found} : std::nullopt;
}

bench::meter meter_of(bench::ground& place, std::optional<bench::server_cpu> processor) {
    return [&place, processor]() mutable {
        bench::meter_reading now;
        if (processor) {
            now.cpu_s = processor->seconds();
        }
        now.worker_cpu_s = bench::spent_here().cpu_s;
        now.wal_bytes = place.run([](transaction& tx) { return bench::wal_bytes(tx); });
        return now;
    };
}

std::unique_ptr<bench::contender> make_contender(const std::string& name, bench::ground& place,
                                                 const bench_wish& wanted) {
    const std::string own = "leasehold-";
    if (wanted.kind == bench_kind::enqueue) {
        return bench::make_enqueuer(name, place, wanted.parts, wanted.payload_bytes);
    }
    if (name == "limit") {
        return bench::make_limit_contender(place, wanted.payload_bytes);
    }
    if (name.starts_with(own)) {
        return bench::make_own_contender(place, name.substr(own.size()),
                                         {.parts = wanted.parts,
                                          .slots = wanted.slots,
                                          .payload_bytes = wanted.payload_bytes,
                                          .handler = milliseconds{wanted.handler_ms}});
    }
    return bench::make_baseline(name, place, wanted.payload_bytes);
}

std::vector<std::unique_ptr<bench::contender>> contenders_of(bench::ground& place,
                                                             const bench_wish& wanted) {
    std::vector<std::unique_ptr<bench::contender>> all;
    for (const auto& name : wanted.contenders) {
        auto one = make_contender(name, place, wanted);
        all.push_back(wanted.kind == bench_kind::horizon
                          ? bench::under_held_snapshot(place, std::move(one))
                          : std::move(one));
    }
    return all;
}

/// @throws std::runtime_error when the server has fewer connections than are needed
void require_connections(bench::ground& place, int needed, const std::string& whose) {
    const int left = place.run([](transaction& tx) { return bench::connections_left(tx); });
    if (needed > left) {
        throw std::runtime_error(whose + " needs " + std::to_string(needed) +
                                 " connections and the server has " + std::to_string(left) +
                                 " left; give smaller --workers, or raise max_connections");
    }
}

std::string cell_text(const bench::cell& one) {
    return one.who->name() + ", batch " + std::to_string(one.size.batch) + ", " +
           std::to_string(one.size.workers) + (one.size.workers == 1 ? " worker" : " workers");
}

void say_beginning(const bench_wish& wanted, std::size_t cells) {
    if (wanted.quiet) {
        return;
    }
    const auto seconds = cells * static_cast<std::size_t>(wanted.rounds * wanted.seconds);
    std::cerr << cells << (cells == 1 ? " cell" : " cells") << ", each in " << wanted.rounds
              << (wanted.rounds == 1 ? " round" : " rounds") << " of at most " << wanted.seconds
              << " s: measures for at most " << (seconds + 59) / 60
              << " min, and makes items before each" << std::endl;
}

std::vector<bench::cell_result> hold(bench::ground& place, const bench_wish& wanted,
                                     const bench::meter& read) {
    const auto who = contenders_of(place, wanted);
    const auto cells = bench::cells_of(who, wanted.items, wanted.batches, wanted.workers);
    for (const auto& one : cells) {
        require_connections(place, one.who->connections(one.size.workers), cell_text(one));
    }
    say_beginning(wanted, cells.size());
    bench::contest_options options{.rounds = wanted.rounds,
                                   .longest = std::chrono::seconds{wanted.seconds}};
    if (!wanted.quiet) {
        options.told = [&](const bench::cell& one, int round, const bench::round_figures& made) {
            std::cerr << "round " << round + 1 << " of " << wanted.rounds << ": " << cell_text(one)
                      << ": " << grouped_number(made.items_per_s) << " items/s" << std::endl;
        };
    }
    return bench::hold_contest(cells, options, read, place.asked());
}

std::vector<bench::latency_result> hold_latency(bench::ground& place, const bench_wish& wanted) {
    const int workers = wanted.workers.front();
    require_connections(place, bench::latency_connections(workers, wanted.slots),
                        std::to_string(workers) + " workers");
    bench::latency_options options{.items = wanted.items,
                                   .rate = wanted.rate,
                                   .workers = workers,
                                   .rounds = wanted.rounds,
                                   .own = {.parts = wanted.parts, .slots = wanted.slots}};
    if (!wanted.quiet) {
        options.told = [&](const std::string& name, int round, double median_ms) {
            std::cerr << "round " << round + 1 << " of " << wanted.rounds << ": " << name
                      << ": half of the items started within " << grouped_number(median_ms) << " ms"
                      << std::endl;
        };
    }
    return bench::measure_latency(place, wanted.contenders, options);
}

using settings = std::vector<std::pair<std::string, std::string>>;

ordered_json frame_json(const bench_wish& wanted, const settings& server) {
    ordered_json of_server;
    for (const auto& [name, value] : server) {
        of_server[name] = value;
    }
    return {{"bench", name_of(wanted.kind)},
            {"version", LEASEHOLD_VERSION},
            {"processors", std::thread::hardware_concurrency()},
            {"server", of_server},
            {"options",
             {{"contenders", wanted.contenders},
              {"workers", wanted.workers},
              {"batch", wanted.batches},
              {"items", wanted.items},
              {"rounds", wanted.rounds},
              {"seconds", wanted.seconds},
              {"payload_bytes", wanted.payload_bytes},
              {"parts", wanted.parts},
              {"slots", wanted.slots},
              {"handler_ms", wanted.handler_ms},
              {"rate", wanted.rate}}}};
}

std::string heading(const bench_wish& wanted, const settings& server) {
    std::string text;
    for (const auto& [name, value] : server) {
        if (name == "server_version") {
            text += "PostgreSQL " + value;
        } else if (name == "fsync" || name == "synchronous_commit" || name == "full_page_writes") {
            text.append(", ").append(name).append(" ").append(value);
        }
    }
    text += "; " + std::to_string(std::thread::hardware_concurrency()) + " processors here; " +
            grouped_number(wanted.items) + " items a round, ";
    return text +
           (wanted.rounds == 1 ? "one round"
                               : "median of " + std::to_string(wanted.rounds) + " rounds") +
           "\n\n";
}

/// Table, or JSON, or both; `results` as both.
void deliver(const program_context& context, const bench_wish& wanted, const settings& server,
             std::ofstream& file, const std::string& tables, ordered_json cells) {
    auto all = frame_json(wanted, server);
    all["cells"] = std::move(cells);
    if (file.is_open()) {
        constexpr int indent = 2;
        file << all.dump(indent) << '\n';
        if (!file.flush()) {
            throw std::runtime_error("cannot write to \"" + wanted.json_file + "\"");
        }
    }
    if (context.json) {
        print_json(all);
    } else {
        std::cout << heading(wanted, server) << tables << std::flush;
    }
}

std::string tables_of(const bench_wish& wanted, const std::vector<bench::cell_result>& results,
                      bool sees_processor) {
    std::string text;
    if (wanted.kind == bench_kind::horizon) {
        text = horizon_table(results);
    } else {
        const auto matrix = rate_matrix(results);
        text = matrix.empty() ? "" : "Items a second:\n" + matrix + "\n";
        text += contest_table(results);
    }
    text += "\nWAL/ITEM in bytes, CPU/ITEM in microseconds of the server";
    text += sees_processor ? "" : " (- because its processes are out of sight: --server-pid)";
    text += ", WORKER CPU in those of this program, which at its largest had " +
            std::to_string(bench::spent_here().resident_mib) + " MiB of memory.\n";
    const bool cut = std::any_of(results.begin(), results.end(), [](const auto& one) {
        return std::any_of(one.rounds.begin(), one.rounds.end(),
                           [](const auto& round) { return round.cut; });
    });
    if (cut) {
        text += "DONE below 100%: the time limit of " + std::to_string(wanted.seconds) +
                " s came first; rated by what was done by then.\n";
    }
    return text;
}

void measure(const program_context& context, const bench_wish& wanted, bench::ground& place,
             std::ofstream& file) {
    const auto server = place.run([](transaction& tx) { return bench::server_settings(tx); });
    if (wanted.kind == bench_kind::latency) {
        const auto results = hold_latency(place, wanted);
        deliver(context, wanted, server, file,
                latency_table(results) + "\nMilliseconds, from before the enqueueing statement.\n",
                latency_json(results));
        return;
    }
    const auto processor = processor_of(wanted);
    const auto results = hold(place, wanted, meter_of(place, processor));
    deliver(context, wanted, server, file, tables_of(wanted, results, processor.has_value()),
            contest_json(results));
}

}  // namespace

int run_bench(const program_context& context, const bench_wish& wanted) {
    if (wanted.kind == bench_kind::latency && wanted.workers.size() != 1) {
        throw std::invalid_argument("--workers of bench latency is one number: give one at a time");
    }
    processor_of(wanted);  // refused before anything is begun
    database_of(context);  // likewise
    auto file = json_file_of(wanted);
    // Workers come and go here all the time; what matters of it, their failure, is told anyway.
    spdlog::get("leasehold")->set_level(spdlog::level::err);
    const signal_watch watch;
    const auto say = [](const std::string& line) {
        std::cerr << "leasehold: " << one_line(line) << std::endl;
    };
    try {
        bench::ground place{context.dsn, watch.asked(), say};
        measure(context, wanted, place, file);
        place.remove();
    } catch (const bench::interrupted&) {
        return 128 + watch.number();
    }
    return success_exit;
}

}  // namespace leasehold
