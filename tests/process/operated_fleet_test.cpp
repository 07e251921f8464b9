// What an operator's commands do to workers under load.

#include "tests/process/operator_scene.hpp"

namespace leasehold {
namespace {

using namespace std::chrono_literals;
using nlohmann::json;
using test::eventually;
using test::long_enough;
using test::Operator;
using test::running_leasehold;

/// Real workers, under load.
struct OperatedFleet : Operator {
    std::vector<std::unique_ptr<running_leasehold>> workers{};
    std::chrono::milliseconds ttl{2'500};  // a fifth is the margin: 500 ms on CockroachDB

    void SetUp() override { db.sql("CREATE TABLE effects (item uuid, worker text)"); }

    void start(const std::string& name, const std::vector<std::string>& how = {}) {
        std::vector<std::string> arguments{
            "--dsn",
            db.dsn(),
            "--json",
            "work",
            "mail",
            "--name",
            name,
            "--ttl",
            std::to_string(ttl.count()),
            "--poll",
            "20",
            "--slots",
            "2",
            "--sql",
            "INSERT INTO effects SELECT :id, '" + name + "' FROM pg_sleep(0.002)"};
        arguments.insert(arguments.end(), how.begin(), how.end());
        workers.push_back(std::make_unique<running_leasehold>(arguments));
    }
    void put(int count) { db.put("mail", count); }
    int leases_of(const std::string& name, const std::string& which = "") {
        return db.count(
            "leasehold.session_parts AS p JOIN leasehold.sessions AS s ON s.id = p.id WHERE "
            "s.name = '" +
            name + "'" + which);
    }
    int owned_by(const std::string& name) { return leases_of(name, " AND p.role = 'owner'"); }
    int done() { return db.count("effects"); }
    int done_by(const std::string& name) {
        return db.count("effects WHERE worker = '" + name + "'");
    }
    bool is_empty() { return db.count("leasehold.items_mail") == 0; }
    bool goes_on() {
        const int before = done();
        return eventually([&] { return done() > before; }, long_enough);
    }
    /// Waits until every session has beaten twice more.
    void wait_for_heartbeats() {
        for (int i = 0; i < 2; ++i) {
            const auto seen = text("SELECT max(heartbeat_at)::text FROM leasehold.sessions");
            ASSERT_TRUE(eventually(
                [&] {
                    return db.count("leasehold.sessions WHERE heartbeat_at <= '" + seen + "'") == 0;
                },
                long_enough));
        }
    }
    /// Ends all workers. Every one of `items` was done once, and nothing was lost.
    void expect_all_done_once(int items) {
        ASSERT_TRUE(eventually([&] { return is_empty(); }, long_enough));
        for (const auto& one : workers) {
            one->send(SIGTERM);
            const auto result = one->finish(long_enough);
            ASSERT_EQ(result.status, 0) << result.err;
            EXPECT_EQ(json::parse(result.out)["lost"], 0);
        }
        EXPECT_EQ(done(), items);
        EXPECT_EQ(db.count("(SELECT DISTINCT item FROM effects) AS e"), items);
        EXPECT_EQ(run({"verify", "mail"}).status, 0);
    }
};

TEST_F(OperatedFleet, APausedQueueRestsAndKeepsItsPartsUntilItIsResumed) {
    start("w1");
    start("w2");
    ASSERT_TRUE(
        eventually([&] { return owned_by("w1") == 4 && owned_by("w2") == 4; }, long_enough));
    put(3'000);
    ASSERT_TRUE(goes_on());
    ASSERT_EQ(run({"queue", "pause", "mail"}).status, 0);
    for (const auto& one : workers) {
        ASSERT_TRUE(one->complains("queue paused queue=mail", long_enough));
    }
    ASSERT_TRUE(
        eventually([&] { return db.count("leasehold.items_mail WHERE claim IS NOT NULL") == 0; },
                   long_enough));
    wait_for_heartbeats();  // a claim that was under way has come and is done
    const int done_by_now = done();
    ASSERT_LT(done_by_now, 3'000);
    put(500);
    wait_for_heartbeats();
    EXPECT_EQ(done(), done_by_now);
    EXPECT_EQ(db.count("leasehold.items_mail WHERE claim IS NOT NULL"), 0);
    EXPECT_EQ(owned_by("w1") + owned_by("w2"), 8);
    ASSERT_EQ(run({"queue", "resume", "mail"}).status, 0);
    expect_all_done_once(3'500);
}

TEST_F(OperatedFleet, AWorkerThatStartsInAPausedQueueWaits) {
    ASSERT_EQ(run({"queue", "pause", "mail"}).status, 0);
    put(20);
    start("w1");
    ASSERT_TRUE(eventually([&] { return owned_by("w1") == 8; }, long_enough));
    wait_for_heartbeats();
    EXPECT_EQ(done(), 0);
    ASSERT_EQ(run({"queue", "resume", "mail"}).status, 0);
    expect_all_done_once(20);
}

TEST_F(OperatedFleet, ACordonedWorkersPartsGoFromHandToHandUnderLoadAndComeBack) {
    for (const char* name : {"w1", "w2", "w3"}) {
        start(name);
    }
    const auto divided = [&] {
        return owned_by("w1") >= 2 && owned_by("w2") >= 2 && owned_by("w3") >= 2;
    };
    const auto is_settled = [&] {
        return db.count("leasehold.queues WHERE plan_at IS NULL") == 1 &&
               db.count(
                   "leasehold.parts AS p LEFT JOIN leasehold.session_parts AS o ON o.part = p.part "
                   "AND o.role = 'owner' WHERE o.id IS DISTINCT FROM p.planned_for") == 0;
    };
    ASSERT_TRUE(eventually([&] { return divided() && is_settled(); }, long_enough));
    const auto settled_at = text("SELECT clock_timestamp()::text");
    put(6'000);
    ASSERT_TRUE(goes_on());
    ASSERT_EQ(run({"cordon", "w2"}).status, 0);
    ASSERT_TRUE(eventually([&] { return leases_of("w2") == 0; }, long_enough));  // it may help, too
    EXPECT_EQ(owned_by("w1") + owned_by("w3"), 8);
    EXPECT_EQ(db.count("leasehold.sessions"), 3);
    const int done_by_w2 = done_by("w2");
    ASSERT_TRUE(goes_on());
    EXPECT_EQ(done_by("w2"), done_by_w2);
    for (const auto& one : run_json({"log", "mail", "--since", settled_at})) {
        if (one["role"] == "helper") {
            continue;
        }
        EXPECT_EQ(one["reason"], "cordon");
        EXPECT_FALSE(one["from"].is_null()) << "a part without an owner in between: " << one;
        EXPECT_FALSE(one["to"].is_null()) << "a part without an owner in between: " << one;
    }
    ASSERT_EQ(run({"uncordon", "w2"}).status, 0);
    ASSERT_TRUE(eventually(divided, long_enough));
    expect_all_done_once(6'000);
    EXPECT_GT(done_by("w2"), done_by_w2);
}

TEST_F(OperatedFleet, AnEvictedWorkerDrainsAndEndsWithAMessageAndNothingIsLost) {
    start("w1");
    start("w2");
    ASSERT_TRUE(
        eventually([&] { return owned_by("w1") == 4 && owned_by("w2") == 4; }, long_enough));
    put(3'000);
    ASSERT_TRUE(goes_on());
    ASSERT_EQ(run({"evict", "w1", "--queue", "mail"}).status, 0);
    const auto result = workers.front()->finish(long_enough);
    EXPECT_EQ(result.status, 1);
    EXPECT_NE(result.err.find("was evicted by an operator"), std::string::npos) << result.err;
    EXPECT_EQ(json::parse(result.out)["lost"], 0);
    workers.erase(workers.begin());
    EXPECT_EQ(db.count("leasehold.sessions WHERE name = 'w1'"), 0);
    EXPECT_EQ(db.count("leasehold.vacant_seats"), 0);
    ASSERT_TRUE(eventually([&] { return owned_by("w2") == 8; }, long_enough));
    expect_all_done_once(3'000);
}

TEST_F(OperatedFleet, AWorkerThatHangsIsTakenOverFromAtOnceAndComesBackUnderAnotherId) {
    ttl = 30s;
    start("w1");
    start("w2");
    ASSERT_TRUE(
        eventually([&] { return owned_by("w1") == 4 && owned_by("w2") == 4; }, long_enough));
    const auto id = text("SELECT id::text FROM leasehold.sessions WHERE name = 'w1'");
    workers.front()->send(SIGSTOP);
    const auto evicted_at = std::chrono::steady_clock::now();
    ASSERT_EQ(run({"evict", "w1", "--now"}).status, 0);
    put(200);
    ASSERT_TRUE(eventually([&] { return is_empty(); }, long_enough));
    EXPECT_LT(std::chrono::steady_clock::now() - evicted_at, ttl / 2);
    EXPECT_EQ(done(), 200);
    EXPECT_EQ(owned_by("w2"), 8);
    EXPECT_EQ(db.count("leasehold.sessions WHERE id = '" + id + "'"), 0);
    workers.front()->send(SIGCONT);
    ASSERT_TRUE(eventually([&] { return owned_by("w1") == 4; }, long_enough));
    EXPECT_EQ(db.count("leasehold.sessions WHERE name = 'w1' AND id <> '" + id + "'"), 1);
    expect_all_done_once(200);
}

TEST_F(OperatedFleet, AWorkerOfThreefoldWeightHasThreefoldParts) {
    ASSERT_EQ(run({"queue", "set", "mail", "strategy=sticky", "settle=0s"}).status, 0);
    start("w1", {"--weight", "3"});
    start("w2");
    ASSERT_TRUE(
        eventually([&] { return owned_by("w1") == 6 && owned_by("w2") == 2; }, long_enough));
    const auto shown = run({"status", "mail"}).out;
    EXPECT_NE(shown.find("WEIGHT"), std::string::npos) << shown;
    expect_all_done_once(0);
    expect_refused({"work", "mail", "--noop", "--weight", "0"}, 2, {"--weight", "1 to 1000"});
}

TEST_F(OperatedFleet, AnotherStrategyIsFollowedByRunningWorkers) {
    start("w1");
    start("w2");
    start("w3");
    const auto owned = [&] {
        return std::vector<int>{owned_by("w1"), owned_by("w2"), owned_by("w3")};
    };
    const auto divided = [&] {
        auto all = owned();
        std::sort(all.begin(), all.end());
        return all == std::vector<int>{2, 3, 3};
    };
    ASSERT_TRUE(eventually(divided, long_enough));
    // Each second part: what sticky keeps and lexical does not.
    ASSERT_EQ(run({"queue", "set", "mail", "strategy=sticky"}).status, 0);
    ASSERT_TRUE(eventually(
        [&] {
            return run_json({"status", "mail"})["plan_due"] == false;
        },
        long_enough));
    ASSERT_EQ(run({"cordon", "w1"}).status, 0);
    ASSERT_TRUE(eventually([&] { return owned_by("w1") == 0; }, long_enough));
    ASSERT_EQ(run({"uncordon", "w1"}).status, 0);
    ASSERT_TRUE(eventually(divided, long_enough));
    ASSERT_EQ(run({"queue", "set", "mail", "strategy=lexical"}).status, 0);
    const auto in_order = [&] {
        const auto status = run_json({"status", "mail"});
        return status["plan_due"] == false && status["moving_parts"] == 0 &&
               db.count(
                   "(SELECT p.part, row_number() OVER (ORDER BY s.id, p.part) - 1 AS place "
                   "FROM leasehold.session_parts AS p JOIN leasehold.sessions AS s "
                   "ON s.id = p.id) AS o WHERE part <> place") == 0;
    };
    EXPECT_TRUE(eventually(in_order, long_enough));
    expect_all_done_once(0);
}

}  // namespace
}  // namespace leasehold
