// What a claim that is written on its row costs, in each of several layouts and statements, side by
// side: workers on parts of their own claim k items and complete them, nothing else.

#include "items/item_tables.hpp"
#include "sql/batch.hpp"
#include "sql/sql_text.hpp"
#include "tests/bench/row_claim/variant.hpp"
#include "tests/support/database.hpp"
#include "worker/bench/meter_store.hpp"
#include "worker/bench/own_queue_store.hpp"
#include "worker/bench/server_cpu.hpp"

#include <CLI/CLI.hpp>
#include <pqxx/pqxx>

#include <algorithm>
#include <barrier>
#include <chrono>
#include <cstdio>
#include <iostream>
#include <map>
#include <stdexcept>
#include <thread>

namespace leasehold::bench {

namespace {

struct setting {
    std::vector<std::string> only{};
    std::vector<int> batches{10, 100, 1'000};
    int workers{4};
    int parts_each{4};
    int items{100'000};
    int rounds{3};
    int payload_bytes{100};
};

struct figures {
    double items_per_s{0};
    double wal_bytes{0};
    double cpu_us{0};
    std::int64_t aborts{0};
    double claim_ms{0};  ///< of the workers' time, all together
    double complete_ms{0};
};

/// A queue that is as one of the variants wants it, and who works in it.
struct place {
    variant how{};
    queue_info queue{};
    std::vector<std::string> sessions{};  ///< of each worker
};

std::string text_of(std::string statement, const std::string& name, int parts) {
    const auto put = [&](const std::string& word, const std::string& value) {
        for (auto at = statement.find(word); at != std::string::npos;
             at = statement.find(word, at + value.size())) {
            statement.replace(at, word.size(), value);
        }
    };
    put("{items}", "leasehold." + name);
    put("{name}", name);
    put("{parts}", std::to_string(parts));
    return statement;
}

place made(test::fresh_database& database, const variant& how, const setting& wanted) {
    static int number = 0;
    const auto name = "v" + std::to_string(++number);
    const int parts = wanted.workers * wanted.parts_each;
    place here{.how = how, .queue = database.make_queue(name, parts)};
    const auto items = "items_" + name;
    if (!how.change.empty()) {
        database.sql(text_of(how.change, items, parts));
    }
    for (int part = 0; part < parts && !how.change_part.empty(); ++part) {
        const auto leaf = items + "_" + std::to_string(part);
        database.sql(text_of(how.change_part, leaf, parts));
    }
    for (int worker = 0; worker < wanted.workers; ++worker) {
        here.sessions.push_back(to_text(random_session_id()));
        const auto& me = here.sessions.back();
        database.sql(
            "INSERT INTO leasehold.sessions (id, queue, name, host, pid, version, ttl, expires_at)"
            " VALUES ('" +
            me + "', '" + name + "', 'one', 'host', 1, '0', '10 s', clock_timestamp() + '1 h')");
        for (int part = worker; part < parts; part += wanted.workers) {
            database.sql("INSERT INTO leasehold.session_parts (id, queue, part, epoch) VALUES ('" +
                         me + "', '" + name + "', " + std::to_string(part) + ", 1)");
        }
    }
    return here;
}

using wall = std::chrono::steady_clock;

double ms_since(wall::time_point then) {
    return std::chrono::duration<double, std::milli>(wall::now() - then).count();
}

class worker {
public:
    worker(test::fresh_database& database, const place& here, int number, int batch,
           const setting& wanted)
        : here_(here),
          session_(here.sessions.at(static_cast<std::size_t>(number))),
          batch_(batch),
          on_(database.connect({.keeps_plans = true})) {
        for (int part = number; part < here.queue.part_count; part += wanted.workers) {
            parts_.push_back({.part = {part}});
        }
        on_.open();
    }

    void work() {
        while (!parts_.empty()) {
            auto& from = parts_[turn_++ % parts_.size()];
            if (!take(from)) {
                std::swap(from, parts_.back());
                parts_.pop_back();
            }
        }
    }

    std::int64_t done{0};
    double claim_ms{0};
    double complete_ms{0};
    transaction_counters counters{};

private:
    struct walk {
        part_id part{};
        int priority{std::numeric_limits<int>::min()};
        std::int64_t run_at_us{0};
        std::string id{"00000000-0000-0000-0000-000000000000"};
    };

    bool take(walk& from) {
        const auto part = std::to_string(from.part.value);
        statement claim{over_part({here_.how.claim}, here_.queue, from.part),
                        {session_, part, std::to_string(batch_)}};
        if (here_.how.walks) {
            claim.values.insert(claim.values.end(), {std::to_string(from.priority),
                                                     std::to_string(from.run_at_us), from.id});
        }
        const auto claiming = wall::now();
        const auto claimed = run_batch(on_, counters, {claim}, free_).front();
        claim_ms += ms_since(claiming);
        std::vector<std::string> ids;
        std::vector<std::string> tokens;
        auto last = std::tuple{from.priority, from.run_at_us, from.id};
        for (int row = 0; row < claimed.size(); ++row) {
            ids.push_back(to_text(claimed.id(row, 0)));
            tokens.push_back(std::to_string(claimed.number<std::int64_t>(row, 1)));
            last = std::max(last, {claimed.number<int>(row, 2),
                                   claimed.number<std::int64_t>(row, 3), ids.back()});
        }
        std::tie(from.priority, from.run_at_us, from.id) = last;
        if (ids.empty()) {
            return false;
        }
        const statement complete{over_part({here_.how.complete}, here_.queue, from.part),
                                 {session_, part, array_literal(ids), array_literal(tokens)}};
        const auto completing = wall::now();
        done += run_batch(on_, counters, {complete}, free_).front().size();
        complete_ms += ms_since(completing);
        return true;
    }

    const place& here_;
    std::string session_;
    int batch_;
    connection on_;
    std::vector<walk> parts_{};
    std::size_t turn_{0};
    const std::function<std::shared_ptr<void>()> free_{[] { return nullptr; }};
};

figures measured(test::fresh_database& database, const place& here, int batch,
                 const setting& wanted, server_cpu& processor) {
    auto on = database.connect();
    transaction_counters counters;
    run_locked(on, counters, [&](transaction& tx) { empty_queue(tx, here.queue); });
    run_locked(on, counters, [&](transaction& tx) {
        tx.run_script("SET LOCAL statement_timeout = 0");
        fill_queue(tx, here.queue, wanted.items, wanted.payload_bytes);
    });
    run_locked(on, counters, [&](transaction& tx) { analyze_queue(tx, here.queue); });
    database.sql("CHECKPOINT");
    const auto wal = [&] { return run_locked(on, counters, wal_bytes); };

    std::vector<std::unique_ptr<worker>> workers;
    for (int number = 0; number < wanted.workers; ++number) {
        workers.push_back(std::make_unique<worker>(database, here, number, batch, wanted));
    }
    std::barrier start{wanted.workers + 1};
    std::vector<std::jthread> threads;
    std::atomic<bool> failed{false};
    for (auto& one : workers) {
        threads.emplace_back([&] {
            start.arrive_and_wait();
            try {
                one->work();
            } catch (const std::exception& error) {
                std::cerr << error.what() << '\n';
                failed = true;
            }
        });
    }
    const auto cpu_before = processor.seconds();
    const auto wal_before = wal();
    start.arrive_and_wait();
    const auto began = wall::now();
    threads.clear();
    const double s = ms_since(began) / 1000;
    figures found;
    std::int64_t done = 0;
    for (const auto& one : workers) {
        done += one->done;
        found.aborts += one->counters.retries;
        found.claim_ms += one->claim_ms;
        found.complete_ms += one->complete_ms;
    }
    if (failed || done != wanted.items) {
        throw std::runtime_error(here.how.name + " completed " + std::to_string(done) + " of " +
                                 std::to_string(wanted.items) + " items");
    }
    const auto n = static_cast<double>(done);
    found.items_per_s = n / s;
    found.wal_bytes = static_cast<double>(wal() - wal_before) / n;
    found.cpu_us = (processor.seconds() - cpu_before) * 1e6 / n;
    return found;
}

template <class Member>
double median(const std::vector<figures>& rounds, Member member) {
    std::vector<double> values;
    for (const auto& one : rounds) {
        values.push_back(static_cast<double>(one.*member));
    }
    std::sort(values.begin(), values.end());
    return values[values.size() / 2];
}

void run(const setting& wanted) {
    test::fresh_database database;
    const auto server = postmaster_of_environment();
    if (!server) {
        throw std::runtime_error("run it by scripts/with-postgres");
    }
    server_cpu processor{*server};
    std::vector<place> places;
    for (const auto& one : variants()) {
        if (wanted.only.empty() ||
            std::find(wanted.only.begin(), wanted.only.end(), one.name) != wanted.only.end()) {
            places.push_back(made(database, one, wanted));
        }
    }
    std::printf("%-14s %6s %9s %9s %9s %9s %11s %6s\n", "VARIANT", "BATCH", "ITEMS/S", "WAL/ITEM",
                "CPU/ITEM", "CLAIM us", "COMPLETE us", "ABORTS");
    for (const int batch : wanted.batches) {
        std::map<std::string, std::vector<figures>> cells;
        for (int round = 0; round < wanted.rounds; ++round) {
            for (std::size_t i = 0; i < places.size(); ++i) {
                const auto& here = places[(i + static_cast<std::size_t>(round)) % places.size()];
                cells[here.how.name].push_back(measured(database, here, batch, wanted, processor));
            }
        }
        for (const auto& here : places) {
            const auto& rounds = cells[here.how.name];
            std::printf("%-14s %6d %9.0f %9.0f %9.1f %9.1f %11.1f %6.0f\n", here.how.name.c_str(),
                        batch, median(rounds, &figures::items_per_s),
                        median(rounds, &figures::wal_bytes), median(rounds, &figures::cpu_us),
                        median(rounds, &figures::claim_ms) * 1e3 / wanted.items,
                        median(rounds, &figures::complete_ms) * 1e3 / wanted.items,
                        median(rounds, &figures::aborts));
        }
        std::fflush(stdout);
    }
}

}  // namespace

}  // namespace leasehold::bench

int main(int argc, char** argv) {
    CLI::App app{"Measures layouts and statements of a claim written on its row, side by side."};
    leasehold::bench::setting wanted;
    app.add_option("--only", wanted.only, "Variants, by name (default: all)")->delimiter(',');
    app.add_option("--batch", wanted.batches, "Items a claim")->delimiter(',');
    app.add_option("--workers", wanted.workers, "(default 4)");
    app.add_option("--parts", wanted.parts_each, "Parts of each worker (default 4)");
    app.add_option("--items", wanted.items, "Items a round (default 100000)");
    app.add_option("--rounds", wanted.rounds, "(default 3)");
    app.add_option("--payload", wanted.payload_bytes, "Bytes of a payload (default 100)");
    CLI11_PARSE(app, argc, argv);
    try {
        leasehold::bench::run(wanted);
    } catch (const std::exception& error) {
        std::cerr << "row_claim_bench: " << error.what() << '\n';
        return 1;
    }
    return 0;
}
