// build/tests/membership_sim: many sessions without items over a table in memory, in virtual time.

#include "tests/bench/membership/scenario.hpp"

#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>

#include <cstdio>
#include <string>
#include <vector>

namespace {

using namespace leasehold;
using namespace leasehold::membership;
using namespace std::chrono_literals;

struct wanted {
    std::uint64_t seed{1};
    int sessions{1'000};
    int parts{4'096};
    std::string json{};
    bool rolling{true};
};

nlohmann::json json_of(const cost& of) {
    return {{"statements", of.statements}, {"rows_read", of.read}, {"rows_written", of.written}};
}

nlohmann::json json_of(const outcome& one) {
    nlohmann::json by_statement;
    for (const auto& [name, of] : one.by_statement) {
        by_statement[name] = json_of(of);
    }
    return {{"scenario", one.name},
            {"strategy", one.strategy},
            {"sessions", one.sessions},
            {"parts", one.parts},
            {"settled", one.settled},
            {"settled_ms", one.took.count()},
            {"all_looked_ms", one.observed.count()},
            {"looks_mean", one.looks_mean},
            {"looks_max", one.looks_max},
            {"plans_made", one.plans_made},
            {"plans_that_moved", one.plans_that_moved},
            {"moved", one.moved},
            {"moved_least", one.moved_least},
            {"ownerless", one.ownerless},
            {"all", json_of(one.all)},
            {"watches_and_heartbeats", json_of(one.standing)},
            {"busiest_second_statements", one.busiest_statements},
            {"busiest_second_rows", one.busiest_rows},
            {"longest_wait_for_queue_ms", one.longest_wait.count()},
            {"by_statement", by_statement}};
}

void print_head() {
    std::printf(
        "| scenario | strategy | sessions | settled s | looks mean, max | plans: moving, all | "
        "parts moved (least) | statements (not standing) | rows (not standing) | "
        "a session: statements, rows | busiest second: statements, rows | longest wait ms |\n"
        "| --- | --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: |\n");
}

void print(const outcome& one) {
    const auto extra = one.all.statements - one.standing.statements;
    const auto extra_rows = one.all.rows() - one.standing.rows();
    std::printf(
        "| %s | %s | %d | %s%.2f | %.2f, %d | %d, %d | %lld (%lld) | %lld (%lld) | "
        "%lld (%lld) | %.1f, %.1f | %lld, %lld | %d |\n",
        one.name.c_str(), one.strategy.c_str(), one.sessions, one.settled ? "" : ">",
        static_cast<double>(one.took.count()) / 1000, one.looks_mean, one.looks_max,
        one.plans_that_moved, one.plans_made, static_cast<long long>(one.moved),
        static_cast<long long>(one.moved_least), static_cast<long long>(one.all.statements),
        static_cast<long long>(extra), static_cast<long long>(one.all.rows()),
        static_cast<long long>(extra_rows), static_cast<double>(one.all.statements) / one.sessions,
        static_cast<double>(one.all.rows()) / one.sessions,
        static_cast<long long>(one.busiest_statements), static_cast<long long>(one.busiest_rows),
        static_cast<int>(one.longest_wait.count()));
    std::fflush(stdout);
}

class player {
public:
    explicit player(wanted what) : what_(std::move(what)) {}

    int play() {
        print_head();
        for (const char* strategy : {"lexical", "sticky"}) {
            play(strategy);
        }
        if (!what_.json.empty()) {
            write_json();
        }
        return all_settled_ ? 0 : 1;
    }

private:
    void keep(const outcome& one) {
        print(one);
        kept_.push_back(json_of(one));
        all_settled_ = all_settled_ && one.settled;
    }

    void play(const std::string& strategy) {
        for (int sessions : {10, 100}) {
            world time{what_.seed};
            fleet small{time, strategy, what_.parts};
            small.start("", sessions, 1s, false);
            keep(small.stand("60 s of nothing", 60s));
        }
        for (const bool named : {false, true}) {
            world time{what_.seed};
            fleet all{time, strategy, what_.parts};
            const auto started = all.start("all start within 1 s", what_.sessions, 1s, named);
            if (!named) {
                keep(started);
                keep(all.stand("60 s of nothing", 60s));
                keep(all.start("one joins", 1, 0s, false));
                keep(all.one_leaves());
                keep(all.start("20 join within 1 s", 20, 1s, false));
                keep(all.some_die("10 % die at once", 0.1));
            }
            if (what_.rolling) {
                keep(all.restart_all(named ? "all restart, with names" : "all restart", named));
            }
        }
    }

    void write_json() const {
        auto* file = std::fopen(what_.json.c_str(), "w");
        if (file == nullptr) {
            throw std::runtime_error("cannot write " + what_.json);
        }
        const auto text = nlohmann::json{{"seed", what_.seed}, {"outcomes", kept_}}.dump(2);
        std::fputs((text + "\n").c_str(), file);
        std::fclose(file);
    }

    wanted what_;
    std::vector<nlohmann::json> kept_{};
    bool all_settled_{true};
};

}  // namespace

int main(int argc, char** argv) {
    CLI::App app{"Plays many sessions over a table in memory, in virtual time."};
    wanted what;
    bool quick = false;
    app.add_option("--seed", what.seed, "what is drawn depends on it alone")->capture_default_str();
    app.add_option("--sessions", what.sessions, "of the largest queue")->capture_default_str();
    app.add_option("--parts", what.parts, "of each queue")->capture_default_str();
    app.add_option("--json", what.json, "write all numbers to this file, too");
    app.add_flag("--no-restarts", quick, "leave out the restarts of all");
    CLI11_PARSE(app, argc, argv);
    what.rolling = !quick;
    try {
        return player{what}.play();
    } catch (const std::exception& error) {
        std::fprintf(stderr, "membership_sim: %s\n", error.what());
        return 2;
    }
}
