// A queue grows while workers and producers are at it, and the call that grows it is killed.

#include "tests/support/database.hpp"
#include "tests/support/program.hpp"
#include "tests/support/wait.hpp"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>
#include <pqxx/pqxx>

#include <algorithm>
#include <chrono>
#include <csignal>
#include <memory>
#include <string>
#include <vector>

namespace leasehold {
namespace {

using namespace std::chrono_literals;
using test::eventually;
using test::long_enough;
using test::running_leasehold;

/// A lock that stops a call at just that place.
class held_lock {
public:
    held_lock(const test::fresh_database& database, const std::string& what)
        : session_(database.dsn()), tx_(std::make_unique<pqxx::work>(session_)) {
        tx_->exec("LOCK TABLE " + what + " MODE");
    }
    void release() { tx_.reset(); }

private:
    pqxx::connection session_;
    std::unique_ptr<pqxx::work> tx_;
};

struct Growth : testing::Test {
    test::postgres_database database{"growth"};
    queue_info queue = database.make_queue("jobs", 4);

    void SetUp() override { database.sql("CREATE TABLE effects (item uuid, attempt int)"); }

    std::vector<std::string> call(std::vector<std::string> arguments) const {
        arguments.insert(arguments.begin(), {"--dsn", database.dsn()});
        return arguments;
    }
    test::program_result grow(const std::string& how = "2x") const {
        return test::run_leasehold(call({"--json", "queue", "parts", "jobs", "--grow", how}));
    }
    std::unique_ptr<running_leasehold> start_growing(const std::string& how = "2x") const {
        return std::make_unique<running_leasehold>(
            call({"--json", "queue", "parts", "jobs", "--grow", how}));
    }
    void put(int count) { database.put("jobs", count); }
    std::string one(const std::string& value) {
        return database.sql("SELECT " + value)[0][0].as<std::string>();
    }
    bool waits_for_a_lock() {
        return database.count(
                   "pg_stat_activity WHERE datname = current_database() AND "
                   "application_name = 'leasehold' AND wait_event_type = 'Lock'") > 0;
    }
    void expect_whole(const std::string& parts) {
        const auto verified = test::run_leasehold(call({"verify", "jobs"}));
        EXPECT_EQ(verified.status, 0) << verified.out;
        EXPECT_EQ(one("part_count || state FROM leasehold.queues"), parts + "ready");
        EXPECT_EQ(one("count(*) FROM pg_class WHERE relname ~ '^(grown|stale)_'"), "0");
    }
};

TEST_F(Growth, ThreeWorkersAndAProducerGoOnWhileAQueueGrowsFourfold) {
    std::vector<std::unique_ptr<running_leasehold>> fleet;
    for (const auto* name : {"a", "b", "c"}) {
        fleet.push_back(std::make_unique<running_leasehold>(
            call({"--json", "work", "jobs", "--name", name, "--poll", "50", "--sql",
                  "INSERT INTO effects VALUES (:id, :attempt)"})));
    }
    // It reads the part count once, at its beginning, and enqueues 2,000 lines at a time.
    running_leasehold producer{call({"enqueue", "jobs", "--lines", "-"})};
    int lines = 0;
    const auto produce = [&] {
        std::string text;
        for (int i = 0; i < 2'000; ++i) {
            text += std::to_string(++lines) + "\n";
        }
        producer.give(text);
    };
    const auto all_come = [&] {
        return eventually([&] { return database.count("effects") >= lines; }, long_enough);
    };
    produce();
    ASSERT_TRUE(eventually([&] { return database.count("effects") > 100; }, long_enough));
    const auto growing = start_growing("4x");
    ASSERT_TRUE(growing->complains("waiting for", long_enough));
    produce();
    const auto grown = growing->finish(long_enough);
    ASSERT_EQ(grown.status, 0) << grown.err;
    EXPECT_EQ(nlohmann::json::parse(grown.out)["parts"], 16);
    produce();
    producer.close_input();
    EXPECT_EQ(producer.finish(long_enough).status, 0);
    EXPECT_TRUE(all_come());
    EXPECT_TRUE(eventually(
        [&] { return database.count("leasehold.session_parts WHERE role = 'owner'") == 16; },
        long_enough));
    expect_whole("16");
    for (const auto& worker : fleet) {
        worker->send(SIGTERM);
        const auto result = worker->finish(long_enough);
        EXPECT_EQ(result.status, 0) << result.err;
        const auto summary = nlohmann::json::parse(result.out);
        EXPECT_EQ(summary["lost"], 0);
        EXPECT_EQ(summary["sessions"], 1);  // none had to come back
    }
    EXPECT_EQ(database.count("effects"), lines);
    EXPECT_EQ(one("count(DISTINCT item) FROM effects"), std::to_string(lines));
    EXPECT_EQ(database.count("leasehold.items_jobs"), 0);
}

TEST_F(Growth, KilledWhileItMakesTablesItIsDoneByTheNextCall) {
    put(200);
    {
        // The new tables refer to the leases.
        const held_lock leases{database, "leasehold.session_parts IN SHARE"};
        const auto first = start_growing();
        ASSERT_TRUE(eventually([&] { return waits_for_a_lock(); }, long_enough));
        first->send(SIGKILL);
        first->finish(long_enough);
    }
    put(100);
    EXPECT_EQ(grow().status, 0);
    EXPECT_EQ(database.count("leasehold.items_jobs"), 300);
    expect_whole("8");
}

TEST_F(Growth, KilledWhileItWaitsForSessionsAllGoOnAndTheNextCallDoesIt) {
    put(3);
    running_leasehold worker{
        call({"work", "jobs", "--slots", "3", "--part-drain", "60000", "--", "sleep", "600"})};
    ASSERT_TRUE(eventually(
        [&] { return database.count("leasehold.items_jobs WHERE claim IS NOT NULL") == 3; },
        long_enough));
    const auto first = start_growing();
    ASSERT_TRUE(first->complains("waiting for 1 session", long_enough));
    first->send(SIGKILL);
    first->finish(long_enough);
    ASSERT_TRUE(eventually(
        [&] {
            return database.count("leasehold.parts WHERE planned_for IS NOT NULL") == 4 &&
                   one("state FROM leasehold.queues") == "ready";
        },
        long_enough));
    worker.send(SIGTERM);  // it gives its items back and leaves
    EXPECT_EQ(worker.finish(long_enough).status, 0);
    EXPECT_EQ(grow().status, 0);
    EXPECT_EQ(database.count("leasehold.items_jobs"), 3);
    expect_whole("8");
}

TEST_F(Growth, KilledWhileItMovesItemsItIsDoneByTheNextCall) {
    put(500);
    held_lock producers{database, "leasehold.queue_jobs IN ROW EXCLUSIVE"};
    const auto first = start_growing();
    ASSERT_TRUE(
        eventually([&] { return waits_for_a_lock(); }, long_enough));  // its tables are made
    {
        const held_lock third_of_four{database, "leasehold.grown_jobs_5 IN ACCESS EXCLUSIVE"};
        producers.release();
        ASSERT_TRUE(first->complains("moved the items of 2 of 4 parts", long_enough));
        ASSERT_TRUE(eventually([&] { return waits_for_a_lock(); }, long_enough));
        first->send(SIGKILL);
        first->finish(long_enough);
    }
    put(100);
    EXPECT_EQ(grow("4x").status, 0);
    EXPECT_EQ(database.count("leasehold.items_jobs"), 600);
    expect_whole("16");
}

TEST_F(Growth, KilledWhileItClearsUpItHasGrownAndGrowsNoFurther) {
    put(500);
    {
        // As a reader has it. To drop the old tables takes more than this allows.
        const held_lock leases{database, "leasehold.session_parts IN ACCESS SHARE"};
        const auto first = start_growing();
        ASSERT_TRUE(eventually([&] { return one("part_count FROM leasehold.queues") == "8"; },
                               long_enough));
        ASSERT_TRUE(eventually([&] { return waits_for_a_lock(); }, long_enough));
        first->send(SIGKILL);
        first->finish(long_enough);
    }
    EXPECT_EQ(one("state FROM leasehold.queues"), "ready");
    const auto second = grow();
    EXPECT_EQ(second.status, 0) << second.err;
    EXPECT_TRUE(nlohmann::json::parse(second.out)["was_done"]);
    EXPECT_EQ(database.count("leasehold.items_jobs"), 500);
    expect_whole("8");
    EXPECT_EQ(grow().status, 0);
    expect_whole("16");
}

TEST_F(Growth, AnExpiredSessionThatNobodyEndsIsEndedByTheCall) {
    put(100);
    running_leasehold worker{
        call({"work", "jobs", "--slots", "2", "--ttl", "1000", "--", "sleep", "600"})};
    ASSERT_TRUE(eventually(
        [&] { return database.count("leasehold.items_jobs WHERE claim IS NOT NULL") == 2; },
        long_enough));
    worker.send(SIGKILL);
    worker.finish(long_enough);
    const auto made = grow();
    EXPECT_EQ(made.status, 0) << made.err;
    EXPECT_EQ(database.count("leasehold.sessions"), 0);
    EXPECT_EQ(database.count("leasehold.items_jobs WHERE claim IS NULL"), 100);
    expect_whole("8");
}

TEST_F(Growth, AQueueThatGrowsSaysSoAndGoesOnWhenTheCallIsGone) {
    running_leasehold worker{call({"work", "jobs", "--poll", "50", "--", "true"})};
    const auto planned = [&] {
        return database.count("leasehold.parts WHERE planned_for IS NOT NULL");
    };
    ASSERT_TRUE(eventually([&] { return planned() == 4; }, long_enough));
    const std::string lock = "(hashtextextended('leasehold growth jobs', 0))";
    database.sql("SELECT pg_advisory_lock" + lock);  // as the call does
    database.sql("UPDATE leasehold.queues SET state = 'growing', grows_to = 8");
    const auto plan = test::run_leasehold(call({"plan", "jobs"}));
    EXPECT_NE(plan.out.find("the queue is growing"), std::string::npos) << plan.out;
    EXPECT_EQ(plan.out.find("leave"), std::string::npos) << plan.out;
    const auto status = test::run_leasehold(call({"status", "jobs"}));
    EXPECT_NE(status.out.find("\ngrowing: nobody works"), std::string::npos) << status.out;
    database.sql("SELECT leasehold.raise_generation('jobs', '0')");
    ASSERT_TRUE(eventually([&] { return planned() == 0; }, long_enough));
    ASSERT_TRUE(
        eventually([&] { return database.count("leasehold.session_parts") == 0; }, long_enough));
    EXPECT_EQ(one("string_agg(DISTINCT why, ' ') FROM leasehold.parts"), "plan");
    // However long it stays so.
    database.sql("UPDATE leasehold.sessions SET registered_at = now() - interval '1 day'");
    database.sql("UPDATE leasehold.ownership_log SET at = at - interval '1 day'");
    const auto verified = test::run_leasehold(call({"verify", "jobs"}));
    EXPECT_EQ(verified.status, 0) << verified.out;
    EXPECT_EQ(one("state FROM leasehold.queues"), "growing");
    database.sql("SELECT pg_advisory_unlock" + lock);
    ASSERT_TRUE(eventually([&] { return planned() == 4; }, long_enough));
    EXPECT_EQ(one("state FROM leasehold.queues"), "ready");
    EXPECT_EQ(grow().status, 0);
    EXPECT_TRUE(eventually([&] { return planned() == 8; }, long_enough));
    worker.send(SIGTERM);
    EXPECT_EQ(worker.finish(long_enough).status, 0);
    expect_whole("8");
}

// It would go on as long as there are items where it helps.
TEST_F(Growth, WhoHelpsLetsGoToo) {
    database.sql(
        "INSERT INTO leasehold.queue_jobs (id, payload) "
        "SELECT ('00000000-0000-4000-8000-' || lpad(to_hex(n), 12, '0'))::uuid, '1' "
        "FROM generate_series(1, 1000) AS n");
    std::vector<std::unique_ptr<running_leasehold>> both;
    for (int i = 0; i < 2; ++i) {
        both.push_back(std::make_unique<running_leasehold>(
            call({"work", "jobs", "--slots", "1", "--sql", "SELECT pg_sleep(0.1)"})));
    }
    ASSERT_TRUE(eventually(
        [&] { return database.count("leasehold.session_parts WHERE role = 'helper'") > 0; },
        long_enough));
    const auto grown =
        test::run_leasehold(call({"queue", "parts", "jobs", "--grow", "2x", "--patience", "20"}));
    EXPECT_EQ(grown.status, 0) << grown.err;
    for (const auto& each : both) {
        each->send(SIGTERM);
        EXPECT_EQ(each->finish(long_enough).status, 0);
    }
    EXPECT_GT(database.count("leasehold.items_jobs"), 0) << "it must have been cut short";
    expect_whole("8");
}

TEST_F(Growth, WhatCannotBeIsToldInOneLine) {
    const auto refused = [&](const std::vector<std::string>& arguments, int status,
                             const std::string& word) {
        const auto result = test::run_leasehold(call(arguments));
        EXPECT_EQ(result.status, status) << result.err;
        EXPECT_NE(result.err.find(word), std::string::npos) << result.err;
        EXPECT_EQ(std::count(result.err.begin(), result.err.end(), '\n'), 1) << result.err;
        EXPECT_EQ(result.out, "");
    };
    for (const auto* factor : {"0x", "1x", "65x", "x", "2", "", "-2x", "2.5x", "2xx", " 2x"}) {
        refused({"queue", "parts", "jobs", std::string{"--grow="} + factor}, 2, "--grow");
    }
    refused({"queue", "parts", "nosuch", "--grow", "2x"}, 1, "'nosuch'");
    refused({"queue", "parts", "No", "--grow", "2x"}, 2, "1 to 40 lower-case letters");
    refused({"queue", "parts", "jobs", "--patience", "1"}, 2, "--grow");
    database.make_queue("wide", 512);
    refused({"queue", "parts", "wide", "--grow", "3x"}, 1, "1024 is the most");
    const auto shown = test::run_leasehold(call({"queue", "parts", "wide"}));
    EXPECT_EQ(shown.out, "queue wide has 512 parts\n");
    expect_whole("4");
}

}  // namespace
}  // namespace leasehold
