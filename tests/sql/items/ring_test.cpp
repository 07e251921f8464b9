// leasehold.ring(): what a new item tells, and how seldom.

#include "items/dead_store.hpp"
#include "items/queue_setup.hpp"
#include "schema/sql.hpp"
#include "sql/notice_line.hpp"
#include "tests/support/seats.hpp"

#include <gtest/gtest.h>
#include <pqxx/pqxx>

#include <algorithm>
#include <string>
#include <vector>

namespace leasehold {
namespace {

using namespace std::chrono_literals;
using heard = std::vector<std::string>;

struct Ring : testing::Test {
    test::postgres_database database{"notices"};
    queue_info queue = database.make_queue("jobs", 4);
    notice_line ear{dsn{database.dsn()}, "leasehold_jobs", {}};

    void SetUp() override { ear.open(); }

    /// Everything told so far.
    heard rings() {
        constexpr const char* end = "that was all";
        database.sql(std::string{"NOTIFY leasehold_jobs, '"} + end + "'");
        heard all;
        for (auto some = ear.wait(10s); !some.empty(); some = ear.wait(10s)) {
            all.insert(all.end(), some.begin(), some.end());
            if (all.back() == end) {
                all.pop_back();
                return all;
            }
        }
        ADD_FAILURE() << "the notices have stopped coming";
        return all;
    }
};

/// The first digit of the ids of a part, of four.
std::string digit_of(int part) {
    return std::string{"048c"}.substr(static_cast<std::size_t>(part), 1);
}

new_item item_of(int part) {
    auto id = to_text(random_item_id());
    id.replace(0, 1, digit_of(part));
    return {.payload = "{}", .id = item_id{*uuid_from(id)}};
}

struct RingOfLibrary : Ring {
    test::hand_driven producer{database, queue};
    void SetUp() override {
        Ring::SetUp();
        rings();  // that a session has joined
    }
};

TEST_F(Ring, AnItemThatIsDueRingsForItsPart) {
    database.sql(
        "SELECT leasehold.enqueue('jobs', '{}', id => '80000000-0000-4000-8000-000000000001')");
    EXPECT_EQ(rings(), heard{"items 2"});
}

TEST_F(Ring, AScheduledItemDoesNot) {
    database.sql("SELECT leasehold.enqueue('jobs', '{}', run_at => now() + interval '1 hour')");
    EXPECT_EQ(rings(), heard{});
}

TEST_F(Ring, AnItemThatIsNotNewDoesNot) {
    for (int i = 0; i < 3; ++i) {
        database.sql("SELECT leasehold.enqueue('jobs', '{}', dedupe => 'one')");
    }
    EXPECT_EQ(rings().size(), 1U);
}

TEST_F(Ring, ATransactionRingsTwiceAtMost) {
    database.sql(
        "INSERT INTO leasehold.queue_jobs (payload) SELECT '{}' FROM generate_series(1, 500)");
    const auto told = rings();
    ASSERT_EQ(told.size(), 2U);
    EXPECT_EQ(told.front().substr(0, 6), "items ");
    EXPECT_EQ(told.back(), "items *");
}

TEST_F(Ring, ATransactionThatRollsBackRingsNobody) {
    database.sql("BEGIN");
    database.sql("SELECT leasehold.enqueue('jobs', '{}')");
    database.sql("ROLLBACK");
    EXPECT_EQ(rings(), heard{});
}

TEST_F(Ring, ManyTransactionsRingOnceInTenMilliseconds) {
    constexpr int count = 3'000;
    const auto begun = std::chrono::steady_clock::now();
    database.sql("DO $$ BEGIN FOR i IN 1.." + std::to_string(count) +
                 " LOOP PERFORM leasehold.enqueue('jobs', '{}'); COMMIT; END LOOP; END $$");
    const auto took =
        std::chrono::duration_cast<milliseconds>(std::chrono::steady_clock::now() - begun);
    const auto told = rings();
    constexpr std::size_t burst = 5;
    EXPECT_LE(told.size(), static_cast<std::size_t>(took / 10ms) + burst + 1);
    EXPECT_LT(told.size(), static_cast<std::size_t>(count) / 2) << "in " << took.count() << " ms";
    // Whoever hears the last ring before one is left out hears that he is to look again.
    EXPECT_TRUE(
        std::any_of(told.begin(), told.end(), [](const auto& one) { return one.ends_with(" *"); }));
}

TEST_F(Ring, AClockThatWasSetBackSilencesNobody) {
    database.sql(
        "SELECT setval('leasehold.ring_jobs', "
        "(extract(epoch FROM now() + interval '1 hour') * 1000)::int8)");
    database.sql("SELECT leasehold.enqueue('jobs', '{}')");
    EXPECT_EQ(rings().size(), 1U);
}

TEST_F(Ring, ASettingSilencesWhoeverWantsToPrepareItsTransactions) {
    database.sql("SET leasehold.rings = off");
    database.sql("SELECT leasehold.enqueue('jobs', '{}')");
    EXPECT_EQ(rings(), heard{});
    database.sql("RESET leasehold.rings");
    database.sql("SELECT leasehold.enqueue('jobs', '{}')");
    EXPECT_EQ(rings().size(), 1U);
}

TEST_F(Ring, WhoMayEnqueueMayRing) {
    const std::string role = "ringer_" + database.name();
    database.sql("CREATE ROLE " + role);
    database.sql("GRANT USAGE ON SCHEMA leasehold TO " + role);
    database.sql("GRANT INSERT, SELECT (id) ON leasehold.queue_jobs TO " + role);
    for (const char* part : {"0", "1", "2", "3"}) {
        database.sql(std::string{"GRANT INSERT ON leasehold.items_jobs_"} + part + " TO " + role);
    }
    database.sql("SET ROLE " + role);
    database.sql("SELECT leasehold.enqueue('jobs', '{}')");
    EXPECT_THROW(database.sql("SELECT setval('leasehold.ring_jobs', 1)"), pqxx::sql_error);
    database.sql("RESET ROLE");
    EXPECT_EQ(rings().size(), 1U);
    database.sql("DROP OWNED BY " + role);
    database.sql("DROP ROLE " + role);
}

TEST_F(RingOfLibrary, ABatchRingsOnce) {
    producer.put({item_of(1), item_of(1), item_of(1)});
    producer.put({item_of(0), item_of(3)});
    EXPECT_EQ(rings(), (heard{"items 1", "items *"}));
}

TEST_F(RingOfLibrary, ABatchRingsForTheItemsThatAreDue) {
    auto later = item_of(1);
    later.run_at = "2999-01-01";
    auto past = item_of(3);
    past.run_at = "1999-01-01";
    producer.put({later});
    later.id = item_of(1).id;
    producer.put({later, past});
    EXPECT_EQ(rings(), heard{"items 3"});
}

TEST_F(RingOfLibrary, ItemsWithADedupeKeyRingWhenTheyAreNew) {
    producer.put({{.payload = "{}", .dedupe = "one"}});
    producer.put({{.payload = "{}", .dedupe = "one"}});
    EXPECT_EQ(rings().size(), 1U);
}

TEST_F(RingOfLibrary, ItemsBackFromTheDeadRing) {
    producer.take(test::parts_from(0, 3));
    producer.put({item_of(2)});
    const auto held = producer.claim_from({2}, 1);
    ASSERT_EQ(held.size(), 1U);
    ASSERT_EQ(producer.end(held.front(), row_buried{.error = "no use"}), ack_result::acknowledged);
    rings();
    producer.transact([&](transaction& tx) { return redrive_dead(tx, queue, {}, 10, {}); });
    EXPECT_EQ(rings(), heard{"items *"});
}

TEST_F(Ring, AQueueThatIsOlderThanRingsGetsThem) {
    database.sql("DROP SEQUENCE leasehold.ring_jobs");
    database.sql("SELECT leasehold.enqueue('jobs', '{}')");
    EXPECT_EQ(rings(), heard{}) << "nobody minds that there is none";
    database.sql("DROP FUNCTION leasehold.ring(text, int[], timestamptz[])");
    database.sql("DROP FUNCTION leasehold.ring(text, int)");
    for (const auto& one : migrations(sql_dialect::postgres)) {
        if (one.version == 5) {
            database.sql(std::string{one.text});
        }
    }
    database.sql("SELECT leasehold.enqueue('jobs', '{}')");
    EXPECT_EQ(rings().size(), 1U);
}

TEST_F(Ring, TheCountEndsWithTheQueue) {
    auto on = database.connect();
    transaction_counters counters;
    drop_queue(on, counters, "jobs");
    EXPECT_TRUE(database.sql("SELECT to_regclass('leasehold.ring_jobs')")[0][0].is_null());
}

}  // namespace
}  // namespace leasehold
