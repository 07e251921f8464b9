#include <leasehold/worker.hpp>

#include "tests/support/quick_worker.hpp"
#include "tests/support/seats.hpp"
#include "tests/support/wait.hpp"

#include <gtest/gtest.h>
#include <pqxx/pqxx>

#include <atomic>
#include <mutex>
#include <set>
#include <thread>
#include <vector>

namespace leasehold {
namespace {

using namespace std::chrono_literals;
using test::eventually;
using test::quick_worker;

struct Worker : testing::Test {
    test::fresh_database database;
    queue_info queue = database.make_queue("jobs", 8);

    void SetUp() override { database.sql("CREATE TABLE effects (item uuid, token bigint)"); }
    void put(int count, int max_attempts = 25) {
        auto on = database.connect();
        transaction_counters counters;
        const std::vector<new_item> items(static_cast<std::size_t>(count),
                                          {.payload = "{}", .max_attempts = max_attempts});
        run_transaction(on, counters,
                        [&](transaction& tx) { return test::put_items(tx, queue, items); });
    }
    int count(const std::string& from) { return database.count(from); }
    int items() { return count("leasehold.items_jobs"); }
    int dead() { return count("leasehold.dead_items"); }
    int sessions() { return count("leasehold.sessions"); }
};

external_handler completing(std::atomic<int>& runs) {
    return [&runs](const claim&, const std::stop_token&) -> outcome {
        ++runs;
        return complete{};
    };
}

TEST_F(Worker, DrainsItsQueueAndLeavesNothingBehind) {
    put(500);
    std::atomic<int> runs{0};
    worker one{database.dsn(), "jobs", completing(runs), quick_worker()};
    one.start();
    EXPECT_TRUE(eventually([&] { return one.summary().completed == 500; }));
    one.drain();
    EXPECT_EQ(runs, 500);
    EXPECT_EQ(items(), 0);
    EXPECT_EQ(sessions(), 0);
    EXPECT_EQ(count("leasehold.session_parts"), 0);
    EXPECT_EQ(one.summary().lost, 0);
    EXPECT_FALSE(one.failure());
}

TEST_F(Worker, ThreeWorkersDoEachItemOnce) {
    put(600);
    std::mutex mutex;
    std::multiset<item_id> seen;
    const external_handler noting = [&](const claim& held, const std::stop_token&) -> outcome {
        const std::scoped_lock lock{mutex};
        seen.insert(held.held.id);
        return complete{};
    };
    {
        std::vector<std::unique_ptr<worker>> fleet;
        for (int i = 0; i < 3; ++i) {
            fleet.push_back(
                std::make_unique<worker>(database.dsn(), "jobs", noting, quick_worker()));
            fleet.back()->start();
        }
        EXPECT_TRUE(eventually([&] { return items() == 0; }));
        for (const auto& each : fleet) {
            each->drain();
            EXPECT_EQ(each->summary().lost, 0);
        }
    }
    EXPECT_EQ(seen.size(), 600U);
    EXPECT_EQ((std::set<item_id>{seen.begin(), seen.end()}.size()), 600U);
}

TEST_F(Worker, AHandlerThatThrowsIsARetryWithItsMessageKept) {
    put(1, 2);
    const external_handler throwing = [](const claim&, const std::stop_token&) -> outcome {
        throw std::runtime_error("the mail server said no");
    };
    database.sql("UPDATE leasehold.queues SET retry_base = '1 ms', retry_max = '1 ms'");
    worker one{database.dsn(), "jobs", throwing, quick_worker()};
    one.start();
    EXPECT_TRUE(eventually([&] { return dead() == 1; }));
    one.drain();
    EXPECT_EQ(one.summary().retried, 1);
    EXPECT_EQ(one.summary().buried, 1);
    const auto row = database.sql("SELECT attempt, last_error FROM leasehold.dead_items");
    EXPECT_EQ(row[0][0].as<int>(), 2);
    EXPECT_STREQ(row[0][1].c_str(), "the mail server said no");
}

TEST_F(Worker, ATransactionalHandlersRowsComeWithTheAcknowledgement) {
    put(100);
    const transactional_handler writing = [](pqxx::transaction_base& tx, const claim& held,
                                             const std::stop_token&) -> outcome {
        tx.exec("INSERT INTO effects VALUES ('" + to_text(held.held.id) + "', " +
                std::to_string(held.fence.value) + ")");
        if (held.held.attempt == 1 && held.held.id.value.data[15] % 2 == 0) {
            throw std::runtime_error("after the effect");  // which must not stay
        }
        return complete{};
    };
    database.sql("UPDATE leasehold.queues SET retry_base = '1 ms', retry_max = '1 ms'");
    worker one{database.dsn(), "jobs", writing, quick_worker(4)};
    one.start();
    EXPECT_TRUE(eventually([&] { return items() == 0; }));
    one.drain();
    EXPECT_EQ(count("effects"), 100);
    EXPECT_EQ(count("(SELECT DISTINCT item FROM effects) AS e"), 100);
    EXPECT_EQ(one.summary().completed, 100);
    if (queue.dialect == sql_dialect::postgres) {  // elsewhere parts are not tables of their own
        EXPECT_EQ(one.summary().serialization_retries, 0);
    }
}

TEST_F(Worker, AFailedStatementThatAHandlerSwallowsCommitsNothing) {
    put(1, 1);
    const transactional_handler swallowing = [](pqxx::transaction_base& tx, const claim& held,
                                                const std::stop_token&) -> outcome {
        tx.exec("INSERT INTO effects VALUES ('" + to_text(held.held.id) + "', 1)");
        try {
            tx.exec("SELECT nonsense");
        } catch (const std::exception&) {
        }
        return complete{};
    };
    worker one{database.dsn(), "jobs", swallowing, quick_worker()};
    one.start();
    EXPECT_TRUE(eventually([&] { return dead() == 1; }));
    one.drain();
    EXPECT_EQ(count("effects"), 0);
    EXPECT_EQ(one.summary().completed, 0);
}

TEST_F(Worker, ARecordingHandlersRecordIsRolledBackWhenItsClaimIsLost) {
    database.needs_postgres("a claim alone in its row");
    put(1);
    std::atomic<bool> running{false};
    std::atomic<bool> go_on{false};
    const recording_handler slow = [&](const claim& held, const std::stop_token&) {
        running = true;
        eventually([&] { return go_on.load(); });
        return recorded_outcome{complete{}, [held](pqxx::transaction_base& tx) {
                                    tx.exec("INSERT INTO effects VALUES ('" +
                                            to_text(held.held.id) + "', 1)");
                                }};
    };
    worker one{database.dsn(), "jobs", slow, quick_worker()};
    one.start();
    ASSERT_TRUE(eventually([&] { return running.load(); }));
    database.sql(
        "UPDATE leasehold.items_jobs SET claim = NULL, token = token + 1, "
        "run_at = '2999-01-01'");
    go_on = true;
    EXPECT_TRUE(eventually([&] { return one.summary().lost == 1; }));
    one.drain();
    EXPECT_EQ(count("effects"), 0);
}

TEST_F(Worker, DrainingStopsHandlersAndReleasesWhatDoesNotEnd) {
    put(2);
    std::atomic<int> running{0};
    std::atomic<int> told{0};
    std::atomic<bool> let_stubborn_go{false};
    const external_handler waiting = [&](const claim&, const std::stop_token& stop) -> outcome {
        const bool stubborn = running++ == 0;
        eventually([&] { return stop.stop_requested(); });
        ++told;
        if (stubborn) {
            eventually([&] { return let_stubborn_go.load(); });
            return complete{};
        }
        return release{};
    };
    auto options = quick_worker();
    options.work.drain = 300ms;
    worker one{database.dsn(), "jobs", waiting, options};
    one.start();
    ASSERT_TRUE(eventually([&] { return running == 2; }));
    one.request_drain();
    EXPECT_TRUE(eventually([&] { return sessions() == 0; }));
    EXPECT_EQ(told, 2);
    EXPECT_EQ(count("leasehold.items_jobs WHERE claim IS NULL AND attempt = 0"), 2);
    let_stubborn_go = true;
    one.drain();
    EXPECT_EQ(items(), 2);  // the stubborn one's outcome came too late
    EXPECT_EQ(one.summary().completed, 0);
}

TEST_F(Worker, AHandlerThatOutlastsTheDrainIsWaitedForBeforeTheWorkerGoes) {
    put(1);
    std::atomic<bool> running{false};
    std::atomic<bool> let_go{false};
    std::atomic<bool> over{false};
    const external_handler stubborn = [&](const claim&, const std::stop_token&) -> outcome {
        running = true;
        eventually([&] { return let_go.load(); });
        over = true;
        return complete{};
    };
    auto options = quick_worker(1);
    options.work.drain = 0ms;
    options.work.stop_grace = 0ms;
    std::jthread releaser;
    {
        worker one{database.dsn(), "jobs", stubborn, options};
        one.start();
        ASSERT_TRUE(eventually([&] { return running.load(); }));
        one.drain();
        EXPECT_FALSE(over);
        releaser = std::jthread{[&] { let_go = true; }};
    }
    EXPECT_TRUE(over);
    EXPECT_EQ(items(), 1);
}

TEST_F(Worker, AStatementOfAHandlerMayTakeLongerThanOurs) {
    database.needs_postgres("times shown with their units");
    put(1);
    std::string limit;
    const transactional_handler asking = [&](pqxx::transaction_base& tx, const claim&,
                                             const std::stop_token&) -> outcome {
        limit = tx.exec("SHOW statement_timeout")[0][0].c_str();
        return complete{};
    };
    worker one{database.dsn() + " options='-c statement_timeout=77s'", "jobs", asking,
               quick_worker()};
    one.start();
    EXPECT_TRUE(eventually([&] { return items() == 0; }));
    one.drain();
    EXPECT_EQ(limit, "77s");
}

TEST_F(Worker, AReapedWorkerLosesItsClaimsAndComesBackUnderAFreshSession) {
    database.needs_postgres("a claim alone in its row");
    put(1);
    std::atomic<int> running{0};
    std::atomic<bool> go_on{false};
    const external_handler slow = [&](const claim&, const std::stop_token&) -> outcome {
        if (running++ == 0) {
            eventually([&] { return go_on.load(); });
        }
        return complete{};
    };
    worker one{database.dsn(), "jobs", slow, quick_worker()};
    one.start();
    ASSERT_TRUE(eventually([&] { return running == 1; }));
    // As if it had been silent for its whole ttl and another had reaped it. In one transaction:
    // between two it would take its parts back.
    database.sql(
        "UPDATE leasehold.items_jobs SET claim = NULL; DELETE FROM leasehold.session_parts; "
        "DELETE FROM leasehold.sessions");
    EXPECT_TRUE(eventually([&] { return one.summary().completed == 1; }));
    EXPECT_EQ(one.summary().sessions, 2);
    go_on = true;
    EXPECT_TRUE(eventually([&] { return one.summary().lost == 1; }));
    one.drain();
    EXPECT_EQ(one.summary().completed, 1);
}

// A deferred trigger ends the connection within COMMIT, a few times each for claims and for
// acknowledgements: no answer comes, and nothing was committed.
TEST_F(Worker, ACommitInDoubtThatDidNotHappenIsMadeAgainAndRunsNothingTwice) {
    put(60);
    database.sql("CREATE SEQUENCE deaths");
    database.sql(
        "CREATE FUNCTION die() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
        "IF nextval('deaths') <= 6 THEN PERFORM pg_terminate_backend(pg_backend_pid()); END IF; "
        "RETURN NULL; END $$");
    for (int part = 0; part < queue.part_count; ++part) {
        database.sql(
            "CREATE CONSTRAINT TRIGGER dies AFTER UPDATE OR DELETE ON leasehold.items_jobs_" +
            std::to_string(part) +
            " DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION die()");
    }
    std::atomic<int> runs{0};
    worker one{database.dsn(), "jobs", completing(runs), quick_worker()};
    one.start();
    EXPECT_TRUE(eventually([&] { return items() == 0; }));
    EXPECT_TRUE(eventually([&] { return one.is_idle(); }));
    one.drain();
    EXPECT_GT(database.sql("SELECT last_value FROM deaths")[0][0].as<int>(), 6);
    EXPECT_EQ(runs, 60);
    EXPECT_EQ(one.summary().completed, 60);
    EXPECT_EQ(one.summary().lost, 0);
    EXPECT_EQ(one.summary().unknown, 0);
}

TEST_F(Worker, SurvivesTheEndOfAllItsConnections) {
    put(300);
    std::atomic<int> runs{0};
    const external_handler slow = [&](const claim&, const std::stop_token&) -> outcome {
        ++runs;
        std::this_thread::yield();
        return complete{};
    };
    worker one{database.dsn(), "jobs", slow, quick_worker()};
    one.start();
    for (int i = 0; i < 5; ++i) {
        const int seen = runs;
        eventually([&] { return runs > seen || items() == 0; });
        database.cut("application_name LIKE 'leasehold%'");
    }
    EXPECT_TRUE(eventually([&] { return items() == 0; }));
    one.drain();
    const auto done = one.summary();
    EXPECT_EQ(done.completed + done.unknown, 300);
    EXPECT_EQ(done.unknown, 0);
}

TEST_F(Worker, ADroppedQueueEndsItWithTheReason) {
    std::atomic<int> runs{0};
    worker one{database.dsn(), "jobs", completing(runs), quick_worker()};
    one.start();
    ASSERT_TRUE(eventually([&] { return count("leasehold.session_parts") == 8; }));
    database.sql(
        "DELETE FROM leasehold.session_parts; DELETE FROM leasehold.sessions; "
        "DELETE FROM leasehold.parts; DELETE FROM leasehold.queues");
    EXPECT_TRUE(eventually([&] { return one.failure().has_value(); }));
    EXPECT_TRUE(one.wait_drained(20s));
}

TEST_F(Worker, CannotBeStartedWithoutItsQueueOrItsDatabase) {
    std::atomic<int> runs{0};
    worker nowhere{"host=127.0.0.1 port=1 password=s3cret", "jobs", completing(runs),
                   quick_worker()};
    EXPECT_THROW(nowhere.start(), std::runtime_error);
    worker unknown{database.dsn(), "no_such_queue", completing(runs), quick_worker()};
    EXPECT_THROW(unknown.start(), std::runtime_error);
    EXPECT_THROW((worker{database.dsn(), "jobs", completing(runs), quick_worker(0)}),
                 std::invalid_argument);
}

TEST_F(Worker, NeverStartedItEndsAtOnce) {
    std::atomic<int> runs{0};
    worker one{database.dsn(), "jobs", completing(runs), quick_worker()};
    one.drain();
    SUCCEED();
}

}  // namespace
}  // namespace leasehold
