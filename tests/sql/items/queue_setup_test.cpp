#include "items/queue_setup.hpp"

#include "parts/queue_store.hpp"
#include "tests/support/seats.hpp"

#include <gtest/gtest.h>
#include <pqxx/pqxx>

#include <atomic>
#include <stdexcept>
#include <thread>
#include <vector>

namespace leasehold {
namespace {

struct QueueSetup : testing::Test {
    test::fresh_database database;
    connection on = database.connect();
    transaction_counters counters;

    std::string refusal(const queue_spec& wanted) {
        try {
            create_queue(on, counters, wanted);
        } catch (const std::exception& error) {
            return error.what();
        }
        return "";
    }
    int tables(const std::string& queue) {
        return database
            .sql(
                "SELECT count(*) FROM pg_class WHERE relkind IN ('r', 'p') AND "
                "relname LIKE 'items\\_" +
                queue + "%'")[0][0]
            .as<int>();
    }
};

TEST_F(QueueSetup, ANewQueueHasItsPartsAndIsReady) {
    database.needs_postgres("a table for each part");
    EXPECT_EQ(create_queue(on, counters, {.name = "q", .part_count = 130}),
              queue_creation::created);
    EXPECT_EQ(tables("q"), 131);
    EXPECT_EQ(database.sql("SELECT count(*), max(part) FROM leasehold.parts")[0][0].as<int>(), 130);
    EXPECT_EQ(database.sql("SELECT state FROM leasehold.queues")[0][0].c_str(),
              std::string{"ready"});
}

TEST_F(QueueSetup, CreatingItAgainChangesNothingAndAnotherPartCountIsRefused) {
    create_queue(on, counters, {.name = "q", .part_count = 3});
    EXPECT_EQ(create_queue(on, counters, {.name = "q", .part_count = 3}), queue_creation::existed);
    const auto text = refusal({.name = "q", .part_count = 4});
    EXPECT_NE(text.find("exists with 3 parts, not 4"), std::string::npos);
}

TEST_F(QueueSetup, NamesAndNumbersOutOfRangeAreRefused) {
    for (const std::string& name :
         {std::string{}, std::string{"Q"}, std::string{"1q"}, std::string{"a-b"},
          std::string{"x\"; DROP TABLE y; --"}, std::string(41, 'a'), std::string{"ä"}}) {
        EXPECT_NE(refusal({.name = name}).find("cannot name a queue"), std::string::npos) << name;
    }
    EXPECT_EQ(refusal({.name = std::string(40, 'a'), .part_count = 1}), "");
    EXPECT_NE(refusal({.name = "q", .part_count = 0}), "");
    EXPECT_NE(refusal({.name = "q", .part_count = 1025}), "");
    EXPECT_NE(refusal({.name = "q", .max_attempts = 0}), "");
}

TEST_F(QueueSetup, ACreationThatWasCutOffIsFinishedByTheNext) {
    database.needs_postgres("a table for each part");
    create_queue(on, counters, {.name = "q", .part_count = 5});
    database.sql("UPDATE leasehold.queues SET state = 'creating'");
    database.sql("DROP TABLE leasehold.items_q_3");
    try {
        read_snapshot(on, [](transaction& tx) { return require_queue(tx, "q"); });
        FAIL() << "used a queue that is not ready";
    } catch (const sql_failure& failure) {
        EXPECT_NE(std::string{failure.what()}.find("queue create q --if-not-exists"),
                  std::string::npos);
    }
    EXPECT_EQ(create_queue(on, counters, {.name = "q", .part_count = 5}), queue_creation::created);
    EXPECT_EQ(tables("q"), 6);
}

TEST_F(QueueSetup, SixCreatorsAtOnceMakeOneQueue) {
    database.needs_postgres("a table for each part");
    std::atomic<int> failures{0};
    {
        std::vector<std::jthread> creators;
        for (int i = 0; i < 6; ++i) {
            creators.emplace_back([&] {
                try {
                    auto own = database.connect();
                    transaction_counters mine;
                    create_queue(own, mine, {.name = "q", .part_count = 20});
                } catch (const std::exception& error) {
                    ADD_FAILURE() << error.what();
                    ++failures;
                }
            });
        }
    }
    EXPECT_EQ(failures, 0);
    EXPECT_EQ(tables("q"), 21);
    EXPECT_EQ(database.sql("SELECT state FROM leasehold.queues")[0][0].c_str(),
              std::string{"ready"});
}

TEST_F(QueueSetup, ADroppedQueueLeavesNothingBehind) {
    database.needs_postgres("a table for each part");
    const auto queue = database.make_queue("q", 70);
    {
        test::hand_driven seat{database, queue};
        seat.take(test::parts_from(0, 69));
        seat.put({{.payload = "1"}});
        EXPECT_THROW(drop_queue(on, counters, "q"), sql_failure);  // somebody is at work
        EXPECT_EQ(tables("q"), 71);
        database.sql(
            "UPDATE leasehold.sessions SET heartbeat_at = '2000-01-01', "
            "expires_at = '2000-01-02'");
    }
    drop_queue(on, counters, "q");
    EXPECT_EQ(tables("q"), 0);
    for (const char* table :
         {"queues", "parts", "sessions", "session_parts", "ownership_log", "dead_items"}) {
        EXPECT_EQ(
            database.sql("SELECT count(*) FROM leasehold." + std::string{table})[0][0].as<int>(), 0)
            << table;
    }
    EXPECT_THROW(drop_queue(on, counters, "q"), sql_failure);
}

TEST_F(QueueSetup, SettingsAreChangedOneByOneAndWhatIsNotGivenStays) {
    using namespace std::chrono_literals;
    database.make_queue(queue_spec{.name = "q", .part_count = 2, .strategy = "sticky"});
    const auto info = [&] {
        return read_snapshot(on, [](transaction& tx) { return require_queue(tx, "q"); });
    };
    EXPECT_EQ(info().strategy, "sticky");
    change_queue(on, counters, "q", {.settle = 0ms, .help_delay = 7ms});
    change_queue(on, counters, "q", {.restart_grace = 9s, .helpers_max = 0});
    change_queue(on, counters, "q", {.max_attempts = 3, .strategy = "balanced"});
    const auto changed = info();
    EXPECT_EQ(changed.settle, 0ms);
    EXPECT_EQ(changed.help_delay, 7ms);
    EXPECT_EQ(changed.restart_grace, 9s);
    EXPECT_EQ(changed.helpers_max, 0);
    EXPECT_EQ(changed.max_attempts, 3);
    EXPECT_EQ(changed.strategy, "balanced");
    EXPECT_EQ(changed.retries.base, 1s);
    EXPECT_FALSE(changed.paused);
}

TEST_F(QueueSetup, ASettingOutOfItsRangeChangesNothing) {
    using namespace std::chrono_literals;
    database.make_queue("q", 2);
    EXPECT_THROW(change_queue(on, counters, "q", {.settle = 1s, .helpers_max = 65}),
                 std::invalid_argument);
    EXPECT_THROW(change_queue(on, counters, "q", {.strategy = "fair"}), std::invalid_argument);
    EXPECT_EQ(database.count("leasehold.queues WHERE settle = '300 ms' AND strategy = 'lexical'"),
              1);
}

// Half an hour of grace that is given up must not be waited for.
TEST_F(QueueSetup, AnotherStrategyOrGraceCallsForAPlanAtOnceAndOtherSettingsForNone) {
    using namespace std::chrono_literals;
    database.make_queue("q", 2);
    const auto due_after = [&](const queue_policy& change) {
        database.sql(
            "UPDATE leasehold.queues SET planned_seats = 1, unplanned_since = NULL, "
            "plan_at = clock_timestamp() + interval '30 min'");
        change_queue(on, counters, "q", change);
        return database.count("leasehold.queues WHERE plan_at <= clock_timestamp()") == 1;
    };
    EXPECT_TRUE(due_after({.strategy = "sticky"}));
    EXPECT_FALSE(due_after({.strategy = "sticky"}));
    EXPECT_TRUE(due_after({.restart_grace = 0ms}));
    EXPECT_FALSE(due_after({.restart_grace = 0ms}));
    EXPECT_FALSE(due_after({.retry_max = 2h, .settle = 1s, .help_delay = 1s, .helpers_max = 1}));
}

TEST_F(QueueSetup, APausedQueueIsSaidToBeAndItsWorkersAreToldOnce) {
    database.make_queue("q", 2);
    const auto turn = [&](queue_pace pace) {
        return run_transaction(on, counters,
                               [&](transaction& tx) { return set_paused(tx, "q", pace); });
    };
    EXPECT_TRUE(turn(queue_pace::paused));
    EXPECT_FALSE(turn(queue_pace::paused));
    const auto info = read_snapshot(on, [](transaction& tx) { return require_queue(tx, "q"); });
    EXPECT_TRUE(info.paused);
    EXPECT_TRUE(read_snapshot(on, list_queues).at(0).info.paused);
    EXPECT_TRUE(turn(queue_pace::working));
    EXPECT_FALSE(turn(queue_pace::working));
}

}  // namespace
}  // namespace leasehold
