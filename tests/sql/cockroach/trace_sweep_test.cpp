// What connections and transactions of long ago left is taken away beside the work, and never in
// its way.

#include "worker/trace_sweep.hpp"

#include "tests/sql/cockroach/cockroach_database.hpp"
#include "tests/support/wait.hpp"

#include <gtest/gtest.h>

#include <chrono>

namespace leasehold {
namespace {

using namespace std::chrono_literals;

struct TraceSweep : testing::Test {
    test::cockroach_database database;
    trace_sweep sweep{dsn{database.dsn()}, 20ms, machine_clock()};

    void leave_guards(int count) {
        database.sql(
            "INSERT INTO leasehold.guards (id, taken_at)"
            " SELECT n, now() - INTERVAL '31 days'"
            "  FROM generate_series(1, " +
            std::to_string(count) + ") AS n");
    }
    void leave_commit() {
        database.sql(
            "INSERT INTO leasehold.commits (name, at)"
            " VALUES (gen_random_uuid(), now() - INTERVAL '3 days')");
    }
    int guards() { return database.count("leasehold.guards"); }
    int commits() { return database.count("leasehold.commits"); }
    int waiting() {
        return database.count(
            "pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'");
    }
};

TEST_F(TraceSweep, TakesAwayAllThatIsOldBatchByBatch) {
    leave_guards(2'500);
    leave_commit();
    database.sql("INSERT INTO leasehold.guards (id) VALUES (0)");
    sweep.start();
    EXPECT_TRUE(test::eventually([&] { return guards() == 1 && commits() == 0; }));
    leave_guards(1);
    EXPECT_TRUE(test::eventually([&] { return guards() == 1; })) << "from the first one again";
    sweep.stop();
}

TEST_F(TraceSweep, GoesOnWithOneTableWhileTheOtherFails) {
    leave_commit();
    database.sql("ALTER TABLE leasehold.commits RENAME TO out_of_reach");
    leave_guards(1);
    sweep.start();
    EXPECT_TRUE(test::eventually([&] { return guards() == 0; }));
    EXPECT_EQ(database.count("leasehold.out_of_reach"), 1);
    database.sql("ALTER TABLE leasehold.out_of_reach RENAME TO commits");
    EXPECT_TRUE(test::eventually([&] { return commits() == 0; }));
    sweep.stop();
}

TEST_F(TraceSweep, DoesNotWaitForTheServerWhenItIsToStop) {
    database.faults();  // a real server would have no such lock
    leave_guards(1);
    pqxx::connection beneath{database.dsn_beneath()};
    pqxx::work holder{beneath};
    holder.exec("LOCK TABLE leasehold.guards");
    sweep.start();
    ASSERT_TRUE(test::eventually([&] { return waiting() > 0; }));
    const auto told = machine_clock().now();
    sweep.stop();
    EXPECT_LT(machine_clock().now() - told, 4s) << "the server would wait for five seconds";
    holder.commit();
    EXPECT_TRUE(test::eventually([&] { return waiting() == 0; }));
    EXPECT_EQ(guards(), 1) << "nothing is begun any more";
}

}  // namespace
}  // namespace leasehold
