// build/tests/membership_load: many real sessions without items on one PostgreSQL.

#include "items/queue_setup.hpp"
#include "parts/queue_store.hpp"
#include "sql/migrations.hpp"
#include "tests/bench/membership/gauge.hpp"
#include "tests/bench/membership/real_seat.hpp"

#include <spdlog/spdlog.h>
#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>

#include <cstdio>
#include <cstdlib>
#include <functional>
#include <random>
#include <thread>

namespace {

using namespace leasehold;
using namespace leasehold::membership;
using namespace std::chrono_literals;

struct wanted {
    std::string dsn{};
    std::string strategy{"sticky"};
    int sessions{200};
    int parts{1'024};
    int seconds{30};
    std::uint64_t seed{1};
    std::string json{};
};

double seconds_between(steady_time from, steady_time to) {
    return std::chrono::duration<double>(to - from).count();
}

/// A queue with its workers, to which things happen, and what that costs.
class load {
public:
    explicit load(wanted what) : what_(std::move(what)), chances_(what_.seed), meters_(what_.dsn) {
        connection on{dsn{what_.dsn}, {.statement_timeout = std::nullopt}};
        transaction_counters counters;
        migrate(on, counters);
        create_queue(on, counters, {.name = "many", .part_count = what_.parts});
        pqxx::connection by_hand{what_.dsn};
        pqxx::work tx{by_hand};
        tx.exec("UPDATE leasehold.queues SET strategy = " + tx.quote(what_.strategy));
        tx.commit();
        queue_ = read_snapshot(on, [](transaction& ours) { return require_queue(ours, "many"); });
    }

    int run() {
        std::printf(
            "| scenario | sessions | settled s | plans | parts moved | statements | "
            "transactions | server CPU s | WAL MB | 40001: sessions, parts | given up |\n"
            "| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: |"
            "\n");
        scenario("all start within 1 s", [&] { start(what_.sessions, 1s); });
        stand();
        scenario("one joins", [&] { start(1, 0s); });
        scenario("one leaves", [&] { leave_one(); });
        scenario("20 join within 1 s", [&] { start(20, 1s); });
        scenario("10 % stop at once", [&] { end_some(&real_seat::stop); });
        scenario("10 % are killed at once", [&] { end_some(&real_seat::close); });
        print_statements();
        if (!what_.json.empty()) {
            write_json();
        }
        return all_settled_ ? 0 : 1;
    }

private:
    void start(int sessions, std::chrono::milliseconds within) {
        std::vector<std::chrono::milliseconds> moments;
        std::uniform_int_distribution<std::int64_t> moment{0, within.count()};
        for (int i = 0; i < sessions; ++i) {
            moments.emplace_back(moment(chances_));
        }
        std::sort(moments.begin(), moments.end());
        const auto begin = machine_clock().now();
        for (const auto at : moments) {
            std::this_thread::sleep_until(begin + at);  // real time: sessions start at moments
            seats_.push_back(std::make_unique<real_seat>(what_.dsn, queue_, met_));
            seats_.back()->start();
        }
    }

    std::unique_ptr<real_seat> any_seat() {
        const auto which = chances_() % seats_.size();
        auto one = std::move(seats_[which]);
        seats_.erase(seats_.begin() + static_cast<std::ptrdiff_t>(which));
        return one;
    }

    void leave_one() {
        gone_.push_back(any_seat());
        gone_.back()->leave();
    }

    /// A tenth of all, at once.
    void end_some(void (real_seat::*how)()) {
        const auto before = gone_.size();
        for (std::size_t left = seats_.size() / 10; left > 0; --left) {
            gone_.push_back(any_seat());
        }
        for (auto i = before; i < gone_.size(); ++i) {
            gone_[i]->stop();
        }
        for (auto i = before; i < gone_.size(); ++i) {
            (gone_[i].get()->*how)();
        }
    }

    std::int64_t retries(std::int64_t (real_seat::*of)() const) const {
        std::int64_t all = 0;
        for (const auto* seats : {&seats_, &gone_}) {
            for (const auto& one : *seats) {
                all += (one.get()->*of)();
            }
        }
        return all;
    }

    bool is_settled(const gauge::standing& now) const {
        return now.planned && now.astray == 0 && now.sessions == static_cast<int>(seats_.size());
    }

    void scenario(const std::string& name, const std::function<void()>& happen) {
        const auto before = meters_.read();
        const auto stood = meters_.look();
        const auto session_retries = retries(&real_seat::session_retries);
        const auto lease_retries = retries(&real_seat::lease_retries);
        const auto interrupted = met_.interrupted.load();
        happen();
        auto now = meters_.look();
        const auto limit = machine_clock().now() + 120s;
        while (!is_settled(now) && machine_clock().now() < limit) {
            std::this_thread::sleep_for(50ms);  // real time: how often to look
            now = meters_.look();
        }
        const auto after = meters_.read();
        all_settled_ = all_settled_ && is_settled(now);
        nlohmann::json row{
            {"scenario", name},
            {"sessions", seats_.size()},
            {"settled", is_settled(now)},
            {"settled_s", seconds_between(before.at, after.at)},
            {"plans", now.plan - stood.plan},
            {"moved", now.changes - stood.changes},
            {"statements", statements(before, after)},
            {"transactions", after.transactions - before.transactions},
            {"cpu_s", after.cpu_s - before.cpu_s},
            {"wal_mb", static_cast<double>(after.wal_bytes - before.wal_bytes) / 1e6},
            {"session_retries", retries(&real_seat::session_retries) - session_retries},
            {"lease_retries", retries(&real_seat::lease_retries) - lease_retries},
            {"given_up", met_.interrupted - interrupted},
            {"sessions_ended", met_.ended.load()}};
        print(row);
        kept_.push_back(row);
    }

    static std::int64_t statements(const reading& before, const reading& after) {
        std::int64_t calls = 0;
        for (const auto& [name, of] : after.statements) {
            const auto found = before.statements.find(name);
            calls += of.calls - (found == before.statements.end() ? 0 : found->second.calls);
        }
        return calls;
    }

    static void print(const nlohmann::json& row) {
        std::printf("| %s | %d | %s%.2f | %d | %d | %d | %d | %.2f | %.2f | %d, %d | %d |\n",
                    row["scenario"].get<std::string>().c_str(), row["sessions"].get<int>(),
                    row["settled"].get<bool>() ? "" : ">", row["settled_s"].get<double>(),
                    row["plans"].get<int>(), row["moved"].get<int>(), row["statements"].get<int>(),
                    row["transactions"].get<int>(), row["cpu_s"].get<double>(),
                    row["wal_mb"].get<double>(), row["session_retries"].get<int>(),
                    row["lease_retries"].get<int>(), row["given_up"].get<int>());
        std::fflush(stdout);
    }

    /// A while in which nothing happens.
    void stand() {
        std::this_thread::sleep_for(2s);  // real time: the last looks are over
        const auto before = meters_.read();
        const auto retries_before =
            retries(&real_seat::session_retries) + retries(&real_seat::lease_retries);
        std::this_thread::sleep_for(std::chrono::seconds{what_.seconds});  // real time: measured
        const auto after = meters_.read();
        const auto time = seconds_between(before.at, after.at);
        const auto retried = retries(&real_seat::session_retries) +
                             retries(&real_seat::lease_retries) - retries_before;
        steady_ = {{"seconds", time},
                   {"sessions", seats_.size()},
                   {"statements_per_s", static_cast<double>(statements(before, after)) / time},
                   {"transactions_per_s",
                    static_cast<double>(after.transactions - before.transactions) / time},
                   {"cpu_percent_of_a_core", 100 * (after.cpu_s - before.cpu_s) / time},
                   {"wal_kb_per_s",
                    static_cast<double>(after.wal_bytes - before.wal_bytes) / 1e3 / time},
                   {"retries", retried}};
        std::printf("| nothing, a second | %d | | 0 | 0 | %.1f | %.1f | %.3f | %.4f | %d | 0 |\n",
                    steady_["sessions"].get<int>(), steady_["statements_per_s"].get<double>(),
                    steady_["transactions_per_s"].get<double>(),
                    steady_["cpu_percent_of_a_core"].get<double>() / 100,
                    steady_["wal_kb_per_s"].get<double>() / 1e3, steady_["retries"].get<int>());
        std::fflush(stdout);
    }

    void print_statements() {
        std::printf(
            "\n| statement | calls | rows a call | pages a call | ms a call |\n"
            "| --- | ---: | ---: | ---: | ---: |\n");
        for (const auto& [name, of] : meters_.read().statements) {
            if (name.empty() || of.calls == 0) {
                continue;
            }
            const auto calls = static_cast<double>(of.calls);
            std::printf("| %s | %lld | %.2f | %.1f | %.3f |\n", name.c_str(),
                        static_cast<long long>(of.calls), static_cast<double>(of.rows) / calls,
                        static_cast<double>(of.buffers) / calls, of.took_ms / calls);
            by_statement_[name] = {{"calls", of.calls},
                                   {"rows", of.rows},
                                   {"pages", of.buffers},
                                   {"took_ms", of.took_ms}};
        }
    }

    void write_json() const {
        auto* file = std::fopen(what_.json.c_str(), "w");
        if (file == nullptr) {
            throw std::runtime_error("cannot write " + what_.json);
        }
        const auto text = nlohmann::json{
            {"outcomes", kept_},
            {"steady", steady_},
            {"by_statement",
             by_statement_}}.dump(2);
        std::fputs((text + "\n").c_str(), file);
        std::fclose(file);
    }

    wanted what_;
    std::mt19937_64 chances_;
    gauge meters_;
    queue_info queue_{};
    mishaps met_{};
    std::vector<std::unique_ptr<real_seat>> seats_{};
    std::vector<std::unique_ptr<real_seat>> gone_{};
    std::vector<nlohmann::json> kept_{};
    nlohmann::json steady_{};
    nlohmann::json by_statement_{};
    bool all_settled_{true};
};

}  // namespace

int main(int argc, char** argv) {
    CLI::App app{"Plays many real sessions without items on one PostgreSQL."};
    wanted what;
    app.add_option("--sessions", what.sessions)->capture_default_str();
    app.add_option("--parts", what.parts, "1 to 1024")->capture_default_str();
    app.add_option("--strategy", what.strategy)->capture_default_str();
    app.add_option("--seconds", what.seconds, "of nothing, measured")->capture_default_str();
    app.add_option("--seed", what.seed, "what is drawn depends on it alone")->capture_default_str();
    app.add_option("--json", what.json, "write all numbers to this file, too");
    CLI11_PARSE(app, argc, argv);
    spdlog::set_level(spdlog::level::off);
    const char* where = std::getenv("LEASEHOLD_DSN");
    if (where == nullptr) {
        std::fprintf(stderr, "membership_load: run it by scripts/membership-bench\n");
        return 2;
    }
    what.dsn = where;
    try {
        return load{what}.run();
    } catch (const std::exception& error) {
        std::fprintf(stderr, "membership_load: %s\n", error.what());
        return 2;
    }
}
