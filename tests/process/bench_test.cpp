// `leasehold bench` in a database that has a queue of its user's: it measures, and leaves no trace.

#include "tests/process/faults/child.hpp"
#include "tests/process/faults/server.hpp"
#include "tests/support/database.hpp"
#include "tests/support/own_folder.hpp"
#include "tests/support/program.hpp"
#include "tests/support/wait.hpp"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>
#include <pqxx/pqxx>

#include <algorithm>
#include <chrono>
#include <csignal>
#include <string>
#include <vector>

namespace leasehold {

namespace {

using namespace std::chrono_literals;
using nlohmann::json;
using test::eventually;
using test::long_enough;
using test::running_leasehold;

struct Bench : testing::Test {
    test::postgres_database db{"leasehold bench"};
    queue_info users = db.make_queue("mail", 4);

    void SetUp() override {
        db.sql("INSERT INTO leasehold.queue_mail (payload) SELECT '1' FROM generate_series(1, 50)");
    }

    std::vector<std::string> call(std::vector<std::string> arguments) const {
        arguments.insert(arguments.begin(), {"--dsn", db.dsn(), "bench"});
        return arguments;
    }
    json run_json(std::vector<std::string> arguments) {
        arguments.insert(arguments.end(), {"--rounds", "1", "--quiet", "--json"});
        const auto result = test::run_leasehold(call(std::move(arguments)));
        EXPECT_EQ(result.status, 0) << result.err;
        EXPECT_EQ(result.err, "");
        expect_no_trace();
        return json::parse(result.out.empty() ? "null" : result.out);
    }
    void expect_no_trace() {
        EXPECT_EQ(db.count("pg_namespace WHERE nspname = 'leasehold_bench'"), 0);
        EXPECT_EQ(db.count("leasehold.queues"), 1);
        EXPECT_EQ(db.count("pg_class WHERE relname ~ 'leasehold_bench'"), 0);
        EXPECT_EQ(db.count("leasehold.sessions"), 0);
        EXPECT_EQ(db.count("leasehold.queue_mail WHERE claim IS NULL AND token = 0"), 50);
    }
    void expect_refused(std::vector<std::string> arguments, int status,
                        const std::vector<std::string>& words) {
        const auto result = test::run_leasehold(call(std::move(arguments)));
        EXPECT_EQ(result.status, status) << result.err;
        EXPECT_EQ(std::count(result.err.begin(), result.err.end(), '\n'), 1) << result.err;
        EXPECT_EQ(result.out, "");
        for (const auto& word : words) {
            EXPECT_NE(result.err.find(word), std::string::npos) << word << " in " << result.err;
        }
        expect_no_trace();
    }
};

/// A server that was given may run anywhere.
bool sees_servers_processes() { return test::server::reason_to_skip().empty(); }

/// What must be true of each round, whoever held it.
void expect_consistent(const json& cell, int items) {
    ASSERT_EQ(cell["rounds"].size(), 1U);
    const auto& round = cell["rounds"][0];
    EXPECT_EQ(round["put_in"], items) << cell;
    EXPECT_EQ(round["completed"].get<int>() + round["left"].get<int>(), items) << cell;
    EXPECT_EQ(round["cut"].get<bool>(), round["left"].get<int>() > 0) << cell;
    EXPECT_GT(round["items_per_s"].get<double>(), 0) << cell;
    EXPECT_GT(round["wal_bytes_per_item"].get<double>(), 0) << cell;
    EXPECT_EQ(round["server_cpu_us_per_item"].is_number(), sees_servers_processes()) << cell;
    EXPECT_EQ(cell["items_per_s"]["median"], round["items_per_s"]) << cell;
}

/// Each item that was done was done by one worker, once.
void expect_exactly_once(const json& cell) {
    EXPECT_EQ(cell["duplicates"], 0) << cell;
    EXPECT_EQ(cell["rounds"][0]["handled"], cell["rounds"][0]["completed"]) << cell;
}

}  // namespace

TEST_F(Bench, OursAndTheLimitDrainAllOnceAtEachSize) {
    const auto made = run_json({"drain", "--workers", "1,3", "--batch", "10,100", "--items", "400",
                                "--seconds", "30", "--beside", "limit", "--parts", "16"});
    ASSERT_EQ(made["cells"].size(), 12U);
    for (const auto& cell : made["cells"]) {
        expect_consistent(cell, 400);
        expect_exactly_once(cell);
        EXPECT_FALSE(cell["rounds"][0]["cut"]) << cell;
    }
    EXPECT_EQ(made["cells"][0]["contender"], "leasehold-row");
    EXPECT_EQ(made["cells"][4]["contender"], "leasehold-lease");
    EXPECT_EQ(made["cells"][11]["contender"], "limit");
    EXPECT_EQ(made["bench"], "drain");
    EXPECT_EQ(made["options"]["batch"], json({10, 100}));
    EXPECT_FALSE(made["server"]["server_version"].get<std::string>().empty());
}

TEST_F(Bench, AHandlerThatTakesTimeIsWaitedFor) {
    const auto made = run_json({"drain", "--workers", "2", "--batch", "20", "--slots", "5",
                                "--handler-ms", "20", "--items", "100", "--seconds", "30"});
    expect_exactly_once(made["cells"][0]);
    EXPECT_LE(made["cells"][0]["items_per_s"]["median"].get<double>(), 2 * 5 * 1'000 / 20);
}

TEST_F(Bench, EveryBaselineAccountsForItsItems) {
    const auto made = run_json({"baselines", "--workers", "1,4", "--batch", "1,50", "--items",
                                "300", "--seconds", "20", "--parts", "4"});
    // Six that take batches, six that do not, at two numbers of workers.
    ASSERT_EQ(made["cells"].size(), 6U * 2 * 2 + 6U * 2);
    for (const auto& cell : made["cells"]) {
        expect_consistent(cell, 300);
        if (cell["contender"] != "naive" || cell["workers"] == 1) {
            expect_exactly_once(cell);
        }
    }
}

// Why nobody should write it so.
TEST_F(Bench, LookingAndThenTakingDoesItemsTwice) {
    const auto made = run_json({"baselines", "--contenders", "naive", "--workers", "8", "--items",
                                "500", "--seconds", "30"});
    const auto& cell = made["cells"].at(0);
    expect_consistent(cell, 500);
    EXPECT_GT(cell["duplicates"], 0);
    EXPECT_EQ(cell["rounds"][0]["handled"].get<int>() - cell["duplicates"].get<int>(), 500);
}

TEST_F(Bench, SerializableClaimsFromOneTableAbort) {
    const auto made = run_json({"baselines", "--contenders", "serializable", "--workers", "8",
                                "--batch", "1", "--items", "300", "--seconds", "30"});
    EXPECT_GT(made["cells"].at(0)["aborts"], 0);
    expect_exactly_once(made["cells"].at(0));
}

TEST_F(Bench, ATimeLimitEndsWhatIsSlow) {
    const auto made = run_json({"limit", "--workers", "1", "--batch", "1", "--items", "500000",
                                "--seconds", "1", "--payload-bytes", "0"});
    const auto& cell = made["cells"].at(0);
    expect_consistent(cell, 500'000);
    EXPECT_TRUE(cell["rounds"][0]["cut"]);
    EXPECT_GE(cell["rounds"][0]["seconds"].get<double>(), 1.0);
    if (sees_servers_processes()) {
        EXPECT_GT(cell["server_cpu_us_per_item"]["median"], 0) << cell;
    }
}

TEST_F(Bench, WhatIsPutInIsThere) {
    const auto made = run_json({"enqueue", "--workers", "1,2", "--batch", "1,64", "--items", "200",
                                "--seconds", "30", "--parts", "8"});
    ASSERT_EQ(made["cells"].size(), 3U * 2 * 2);
    for (const auto& cell : made["cells"]) {
        expect_consistent(cell, 200);
    }
}

TEST_F(Bench, ItemsStartAfterTheyCame) {
    const auto made =
        run_json({"latency", "--items", "20", "--rate", "200", "--workers", "2", "--parts", "4"});
    ASSERT_EQ(made["cells"].size(), 5U);
    for (const auto& cell : made["cells"]) {
        const auto& round = cell["rounds"].at(0);
        EXPECT_EQ(round["items"], 20);
        EXPECT_EQ(round["duplicates"], 0);
        EXPECT_GT(round["start_p50_ms"], 0);
        EXPECT_LE(round["start_p50_ms"], round["start_p99_ms"]);
        EXPECT_LE(round["start_p99_ms"], round["start_longest_ms"]);
    }
}

TEST_F(Bench, AHorizonHasAFirstAndALastTenth) {
    const auto made =
        run_json({"horizon", "--items", "4000", "--workers", "2", "--batch", "20", "--parts", "8"});
    ASSERT_EQ(made["cells"].size(), 3U);
    for (const auto& cell : made["cells"]) {
        expect_consistent(cell, 4'000);
        expect_exactly_once(cell);
        EXPECT_GT(cell["rounds"][0]["first_tenth_per_s"], 0);
        EXPECT_GT(cell["rounds"][0]["last_tenth_per_s"], 0);
        EXPECT_FALSE(cell["last_tenth_to_first"].is_null());
    }
}

TEST_F(Bench, PeopleGetATableAndProgramsAFileBesideIt) {
    const test::own_folder folder;
    const auto file = (folder.path / "figures.json").string();
    const auto result =
        test::run_leasehold(call({"limit", "--workers", "1,2", "--batch", "10", "--items", "50",
                                  "--rounds", "2", "--json", file}));
    EXPECT_EQ(result.status, 0) << result.err;
    EXPECT_NE(result.out.find("CONTENDER  BATCH  1 WORKER  2 WORKERS"), std::string::npos)
        << result.out;
    EXPECT_NE(result.out.find("DUPLICATES"), std::string::npos);
    EXPECT_NE(result.err.find("round 2 of 2: limit, batch 10, 1 worker"), std::string::npos)
        << result.err;
    EXPECT_EQ(json::parse(test::text_of(file))["cells"][1]["rounds"].size(), 2U);
}

TEST_F(Bench, WithoutSightOfTheServersProcessesItSaysSo) {
    const auto result = test::run_leasehold(
        call({"limit", "--workers", "1", "--batch", "10", "--items", "50", "--quiet"}),
        {.environment = {{"LEASEHOLD_PGDATA", ""}}});
    EXPECT_EQ(result.status, 0) << result.err;
    EXPECT_NE(result.out.find("--server-pid"), std::string::npos) << result.out;
}

TEST_F(Bench, CtrlCClearsUp) {
    running_leasehold one{call({"drain", "--workers", "2", "--batch", "1", "--items", "20000",
                                "--seconds", "60", "--parts", "8"})};
    ASSERT_TRUE(eventually(
        [&] { return db.count("leasehold.sessions WHERE queue = 'leasehold_bench_row'") == 2; },
        long_enough));
    one.send(SIGINT);
    const auto ended = one.finish(long_enough);
    EXPECT_EQ(ended.status, 128 + SIGINT) << ended.err;
    EXPECT_NE(ended.err.find("clearing up"), std::string::npos) << ended.err;
    expect_no_trace();
}

TEST_F(Bench, OneAtATimeAndTheNextClearsUpAfterOneThatWasKilled) {
    running_leasehold first{call({"drain", "--workers", "1", "--batch", "1", "--items", "20000",
                                  "--seconds", "60", "--parts", "8"})};
    ASSERT_TRUE(eventually(
        [&] { return db.count("leasehold.sessions WHERE queue = 'leasehold_bench_row'") == 1; },
        long_enough));
    const auto refused = test::run_leasehold(call({"limit"}));
    EXPECT_EQ(refused.status, 1);
    EXPECT_NE(refused.err.find("another leasehold bench is at work"), std::string::npos)
        << refused.err;
    first.send(SIGKILL);
    first.finish(long_enough);
    const auto next = test::run_leasehold(
        call({"limit", "--workers", "1", "--batch", "10", "--items", "50", "--quiet"}));
    EXPECT_EQ(next.status, 0) << next.err;
    EXPECT_NE(next.err.find("removing what a bench left behind"), std::string::npos) << next.err;
    expect_no_trace();
}

TEST_F(Bench, WhatOthersMadeUnderItsNamesIsLeftAlone) {
    db.sql("CREATE SCHEMA leasehold_bench");
    const auto schema = test::run_leasehold(call({"limit"}));
    EXPECT_EQ(schema.status, 1);
    EXPECT_NE(schema.err.find("schema leasehold_bench that leasehold bench did not make"),
              std::string::npos)
        << schema.err;
    EXPECT_EQ(db.count("pg_namespace WHERE nspname = 'leasehold_bench'"), 1);
    db.sql("DROP SCHEMA leasehold_bench");

    db.make_queue("leasehold_bench_row", 2);
    const auto queue = test::run_leasehold(call({"drain", "--quiet"}));
    EXPECT_EQ(queue.status, 1);
    EXPECT_NE(queue.err.find("queue leasehold_bench_row that leasehold bench did not make"),
              std::string::npos)
        << queue.err;
    EXPECT_EQ(db.count("leasehold.queues WHERE name = 'leasehold_bench_row'"), 1);
    EXPECT_EQ(db.count("pg_namespace WHERE nspname = 'leasehold_bench'"), 0);
}

TEST_F(Bench, ARoleWithoutTheRightIsToldWhichOneItNeeds) {
    const std::string role = "bench_reader_" + db.name();
    db.sql("CREATE ROLE " + role + " LOGIN");
    db.sql("GRANT USAGE ON SCHEMA leasehold TO " + role);
    db.sql("GRANT SELECT ON ALL TABLES IN SCHEMA leasehold TO " + role);
    const auto result =
        test::run_leasehold({"--dsn", test::dsn_with(db.dsn(), "user", role), "bench", "limit"});
    EXPECT_EQ(result.status, 1);
    EXPECT_NE(result.err.find("role may not create schemas"), std::string::npos) << result.err;
    db.sql("DROP OWNED BY " + role);
    db.sql("DROP ROLE " + role);
    expect_no_trace();
}

TEST_F(Bench, WrongCallsNameTheValueAndTheRemedy) {
    expect_refused({"limit", "--workers", "0"}, 2, {"--workers", "'0'", "from 1 to 256"});
    expect_refused({"limit", "--workers", "1,x"}, 2, {"--workers", "'x'"});
    expect_refused({"limit", "--workers", "1,"}, 2, {"--workers", "''"});
    expect_refused({"limit", "--batch", "5,5"}, 2, {"--batch", "'5,5'", "once"});
    expect_refused({"limit", "--batch", "10001"}, 2, {"--batch", "'10001'", "10000"});
    expect_refused({"limit", "--items", "0"}, 2, {"--items"});
    expect_refused({"limit", "--server-pid", "2147483647"}, 2, {"2147483647", "postmaster.pid"});
    expect_refused({"limit", "--json", "/no/such/file"}, 2, {"/no/such/file", "written"});
    expect_refused({"drain", "--mode", "quick"}, 2, {"--mode", "'quick'", "row"});
    expect_refused({"drain", "--beside", "nobody"}, 2, {"--beside", "'nobody'", "skip-locked"});
    expect_refused({"baselines", "--contenders", "redis"}, 2, {"'redis'", "skip-locked"});
    expect_refused({"latency", "--workers", "1,2"}, 2, {"--workers", "one"});
    expect_refused({"nothing"}, 2, {"'nothing'", "leasehold bench --help"});
    expect_refused({"limit", "--workers", "250", "--quiet"}, 1,
                   {"250", "connections", "max_connections"});
}

}  // namespace leasehold
