// Trust: what keeps a session alive, and what happens to its handlers when nothing does.

#include <leasehold/worker.hpp>

#include "tests/support/seats.hpp"
#include "tests/support/wait.hpp"

#include <gtest/gtest.h>
#include <pqxx/pqxx>

#include <atomic>
#include <string>

namespace leasehold {
namespace {

using namespace std::chrono_literals;
using test::eventually;

struct Trust : testing::Test {
    /// Wide enough that a busy machine alone ends no session.
    static constexpr milliseconds ttl{3'000};

    test::fresh_database database;
    queue_info queue = database.make_queue("jobs", 2);
    pqxx::connection outside{database.dsn()};

    static worker_options quick(int slots = 1) {
        return {.session = {.ttl = ttl, .margin = 1'200ms},
                .leases = {.watch = 50ms, .settle = 10ms, .drain = 500ms},
                .work = {.slots = slots, .poll = 20ms, .drain = 500ms, .stop_grace = 100ms}};
    }
    void put(int count = 1) {
        database.sql("SELECT leasehold.enqueue('jobs', '1') FROM generate_series(1, " +
                     std::to_string(count) + ")");
    }
    int count(const std::string& from) { return database.count(from); }
    bool has_outlived_two_ttls() {
        return count(
                   "leasehold.sessions WHERE heartbeat_at > registered_at + 2 * ttl "
                   "AND expires_at > clock_timestamp()") > 0;
    }
};

// Long work needs no calls of its own: the session's heartbeat carries it.
TEST_F(Trust, HandlersThatFillEverySlotForLongCostNoHeartbeat) {
    std::atomic<bool> go_on{false};
    std::atomic<int> running{0};
    worker one{database.dsn(), "jobs",
               external_handler{[&](const claim&, const std::stop_token&) -> outcome {
                   ++running;
                   eventually([&] { return go_on.load(); });
                   return complete{};
               }},
               quick(2)};
    put(2);
    one.start();
    EXPECT_TRUE(eventually([&] { return running == 2; }));
    EXPECT_TRUE(eventually([&] { return has_outlived_two_ttls(); }));
    go_on = true;
    EXPECT_TRUE(eventually([&] { return one.summary().completed == 2; }));
    one.drain();
    EXPECT_EQ(one.summary().sessions, 1);
    EXPECT_EQ(one.summary().lost, 0);
}

TEST_F(Trust, AClaimThatHangsCostsNoHeartbeat) {
    database.needs_postgres("LOCK TABLE");
    worker one{database.dsn(), "jobs",
               external_handler{
                   [](const claim&, const std::stop_token&) -> outcome { return complete{}; }},
               quick()};
    one.start();
    EXPECT_TRUE(eventually([&] { return count("leasehold.session_parts") == 2; }));
    {
        pqxx::work lock{outside};
        lock.exec("LOCK TABLE leasehold.items_jobs IN ACCESS EXCLUSIVE MODE");
        lock.exec("INSERT INTO leasehold.queue_jobs (payload) VALUES ('1')");
        EXPECT_TRUE(eventually([&] { return has_outlived_two_ttls(); }));
        lock.commit();
    }
    EXPECT_TRUE(eventually([&] { return one.summary().completed == 1; }));
    one.drain();
    EXPECT_EQ(one.summary().sessions, 1);
}

// A statement of a handler on its own connection, and an idle transaction of it, likewise.
TEST_F(Trust, AHandlersOpenTransactionCostsNoHeartbeat) {
    worker one{database.dsn(), "jobs",
               transactional_handler{[&](pqxx::transaction_base& tx, const claim&,
                                         const std::stop_token&) -> outcome {
                   tx.exec("SELECT pg_sleep(7)");
                   return complete{};
               }},
               quick()};
    put();
    one.start();
    EXPECT_TRUE(eventually([&] { return has_outlived_two_ttls(); }));
    EXPECT_TRUE(eventually([&] { return one.summary().completed == 1; }));
    one.drain();
    EXPECT_EQ(one.summary().sessions, 1);
}

// The heartbeat hangs: on its own clock the worker is through before the server's runs out.
TEST_F(Trust, TheStopTokenIsRaisedWhileTheSessionStillStandsOnTheServer) {
    std::atomic<bool> runs{false};
    std::atomic<bool> told{false};
    worker one{database.dsn(), "jobs",
               external_handler{[&](const claim&, const std::stop_token& stop) -> outcome {
                   runs = true;
                   eventually([&] { return stop.stop_requested(); });
                   told = true;
                   return release{};
               }},
               quick()};
    put();
    one.start();
    ASSERT_TRUE(eventually([&] { return runs.load(); }));
    pqxx::work lock{outside};
    lock.exec("SELECT FROM leasehold.sessions FOR UPDATE");
    EXPECT_TRUE(eventually([&] { return told.load(); }));
    EXPECT_EQ(count("leasehold.sessions WHERE expires_at > clock_timestamp()"), 1)
        << "nobody could have taken over yet";
    lock.commit();
}

// What it does in the database is fenced, whatever it thinks.
TEST_F(Trust, AHandlerThatIgnoresItsStopTokenChangesNothing) {
    database.sql("CREATE TABLE effects (who text)");
    std::atomic<bool> first{true};
    std::atomic<bool> runs{false};
    std::atomic<bool> done{false};
    const transactional_handler work = [&](pqxx::transaction_base& tx, const claim&,
                                           const std::stop_token&) -> outcome {
        if (first.exchange(false)) {
            tx.exec("INSERT INTO effects VALUES ('stubborn')");
            runs = true;
            eventually([&] { return done.load(); });
        } else {
            tx.exec("INSERT INTO effects VALUES ('heir')");
        }
        return complete{};
    };
    // Whichever session takes the part afterwards is the heir, be it the same worker's next one.
    worker one{database.dsn(), "jobs", work, quick(2)};
    worker two{database.dsn(), "jobs", work, quick(2)};
    put();
    one.start();
    ASSERT_TRUE(eventually([&] { return runs.load(); }));
    two.start();
    // Its session is made to expire, as if its heartbeats had not come through.
    database.sql(
        "UPDATE leasehold.sessions SET heartbeat_at = now() - interval '1 min', "
        "expires_at = now() - interval '30 s' WHERE id = (SELECT claim FROM leasehold.items_jobs)");
    const auto completed = [&] { return one.summary().completed + two.summary().completed; };
    EXPECT_TRUE(eventually([&] { return completed() == 1; }));
    done = true;
    EXPECT_TRUE(eventually([&] { return one.summary().lost == 1; }));
    EXPECT_EQ(completed(), 1);
    const auto effects = database.sql("SELECT who FROM effects");
    ASSERT_EQ(effects.size(), 1U);
    EXPECT_STREQ(effects[0][0].c_str(), "heir");
}

}  // namespace
}  // namespace leasehold
