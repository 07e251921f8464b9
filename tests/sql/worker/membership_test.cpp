// What sessions of one queue do to its membership at the same time.

#include "parts/plan_store.hpp"
#include "tests/support/seats.hpp"
#include "tests/support/wait.hpp"
#include "worker/database_calls.hpp"

#include <gtest/gtest.h>
#include <pqxx/pqxx>

#include <thread>

namespace leasehold {
namespace {

using test::eventually;
using test::hand_driven;
using test::parts_from;

/// The calls of a worker of its own.
struct caller {
    connection on;
    transaction_counters counters{};
    lease_database leases;
    session_database sessions;

    caller(const test::fresh_database& database, const queue_info& queue)
        : on(database.connect()),
          leases(on, counters, queue),
          sessions(on, counters, queue, this_process({}), {}) {}
};

struct Membership : testing::Test {
    test::fresh_database database;
    queue_info queue = database.make_queue("jobs", 8);
    hand_driven one{database, queue};
    hand_driven two{database, queue};
    caller first{database, queue};
    caller second{database, queue};

    void make_plan() { first.leases.make_plan(); }
    std::int64_t plan() {
        return database.sql("SELECT plan FROM leasehold.queues")[0][0].as<std::int64_t>();
    }
    bool plan_is_due() {
        return database.sql("SELECT plan_at <= clock_timestamp() FROM leasehold.queues")[0][0]
            .as<bool>(false);
    }
    void want_plan() { database.sql("UPDATE leasehold.queues SET plan_at = clock_timestamp()"); }
    bool someone_waits() {
        return database.count(
                   "pg_stat_activity WHERE wait_event_type = 'Lock' AND "
                   "datname = current_database()") > 0;
    }
    /// Makes the plan that is due; `meanwhile` happens when the planner has read what it needs.
    template <class Meanwhile>
    void plan_in(transaction& tx, Meanwhile meanwhile) {
        const auto record = due_plan(tx, "jobs");
        ASSERT_TRUE(record);
        meanwhile();
        write_plan(tx, "jobs", *record, next_plan(*record));
    }
    /// Runs `body` in a transaction; when it has got so far, `meets` begins on a thread of its own,
    /// and has to wait until the transaction is committed.
    template <class Body, class Meeting>
    void meet(Body body, Meeting meets) {
        std::jthread other;
        run_locked(first.on, first.counters, [&](transaction& tx) {
            body(tx);
            other = std::jthread{meets};
            EXPECT_TRUE(eventually([&] { return someone_waits(); }));
        });
    }
    std::int64_t retries() const {
        return first.counters.retries + second.counters.retries + one.counters().retries +
               two.counters().retries;
    }
};

TEST_F(Membership, ASecondPlannerWaitsAndFindsThePlanMade) {
    database.needs_postgres("READ COMMITTED");
    want_plan();
    meet([&](transaction& tx) { plan_in(tx, [] {}); }, [&] { second.leases.make_plan(); });
    EXPECT_EQ(plan(), 1);
    EXPECT_EQ(retries(), 0);
}

// The plan reads all sessions, and at any moment some of very many beat.
TEST_F(Membership, HeartbeatsAndWhoJoinsMeanwhileDoNotFailThePlanNorFail) {
    database.needs_postgres("READ COMMITTED");
    want_plan();
    meet([&](transaction& tx) { plan_in(tx, [&] { second.sessions.extend(one.id()); }); },
         [&] { second.sessions.register_session(random_session_id()); });
    EXPECT_EQ(plan(), 1);
    EXPECT_EQ(retries(), 0);
    EXPECT_TRUE(eventually([&] { return plan_is_due(); })) << "for the third";
    make_plan();
    EXPECT_EQ(database.count("(SELECT DISTINCT planned_for FROM leasehold.parts) AS s"), 3);
}

TEST_F(Membership, SessionsThatComeAndGoTogetherWaitForOneAnother) {
    database.needs_postgres("READ COMMITTED");
    make_plan();
    meet([&](transaction& tx) { set_leaving(tx, "jobs", one.id()); },
         [&] { second.leases.set_leaving(two.id()); });
    meet([&](transaction& tx) { set_leaving(tx, "jobs", one.id()); },
         [&] { second.sessions.register_session(random_session_id()); });
    EXPECT_EQ(retries(), 0);
    make_plan();
    EXPECT_EQ(database.count("leasehold.parts WHERE planned_for IN (SELECT id FROM "
                             "leasehold.sessions WHERE state = 'live')"),
              8);
}

TEST_F(Membership, NobodyRegistersInAQueueThatIsBeingDropped) {
    meet(
        [&](transaction& tx) {
            // Neither of the two is seen as live any more: the drop goes ahead.
            tx.run("DELETE FROM leasehold.sessions");
            set_queue_state(tx, "jobs", "dropping");
        },
        [&] {
            try {
                second.sessions.register_session(random_session_id());
                ADD_FAILURE() << "registered";
            } catch (const sql_failure& failure) {
                EXPECT_EQ(failure.kind(), sql_failure_kind::refused);
            }
        });
    EXPECT_EQ(database.count("leasehold.sessions"), 0);
}

TEST_F(Membership, WhoWantsAPartThatIsBeingGivenToItWaitsAndTakesNothing) {
    database.needs_postgres("READ COMMITTED");
    one.take(parts_from(0, 0));
    two.transact([&](transaction& tx) { test::plan_for(tx, "jobs", two.id(), parts_from(0, 0)); });
    meet(
        [&](transaction& tx) {
            EXPECT_EQ(give_leases(tx, "jobs", one.id(), parts_from(0, 0)).size(), 1U);
        },
        [&] { EXPECT_TRUE(second.leases.take(two.id(), parts_from(0, 0)).empty()); });
    EXPECT_EQ(retries(), 0);
    EXPECT_EQ(database.count("leasehold.ownership_log"), 2);
}

// As rows they have nothing in common; as pages of an index they are one.
TEST_F(Membership, PartsSideBySideChangeHandsAtOnce) {
    database.needs_postgres("READ COMMITTED");
    one.transact([&](transaction& tx) { test::plan_for(tx, "jobs", one.id(), parts_from(0, 3)); });
    two.transact([&](transaction& tx) { test::plan_for(tx, "jobs", two.id(), parts_from(4, 7)); });
    run_locked(first.on, first.counters, [&](transaction& tx) {
        EXPECT_EQ(take_leases(tx, "jobs", one.id(), parts_from(0, 3)).size(), 4U);
        EXPECT_EQ(second.leases.take(two.id(), parts_from(4, 7)).size(), 4U);
    });
    EXPECT_EQ(retries(), 0);
}

// It was claimed by the session when the reaper looked, and is not when the reaper gets hold of it.
TEST_F(Membership, AnItemThatIsReturnedWhileItsReaperWaitsForItIsLeftAlone) {
    database.needs_postgres("READ COMMITTED");
    one.take(parts_from(0, 7));
    one.put({{.payload = "{}"}});
    std::vector<claim> claims;
    for (int part = 0; part < 8 && claims.empty(); ++part) {
        claims = one.claim_from({part}, 1);
    }
    ASSERT_EQ(claims.size(), 1U);
    const auto& held = claims.front();
    meet(
        [&](transaction& tx) {
            const std::vector<ack_request> returned{
                {held, row_returned{.delay = std::chrono::hours{1}, .error = "later"}}};
            EXPECT_EQ(acknowledge(tx, queue, returned).front(), ack_result::acknowledged);
        },
        [&] {
            run_locked(second.on, second.counters, [&](transaction& tx) {
                EXPECT_EQ(free_claims(tx, queue, one.id(), held.held.part, 10, "reaped"), 0);
            });
        });
    EXPECT_EQ(database.count("leasehold.items_jobs WHERE last_error = 'later'"), 1);
    EXPECT_EQ(retries(), 0);
}

TEST_F(Membership, ASessionHasOneReaperAtATime) {
    database.needs_postgres("READ COMMITTED");
    database.sql(
        "UPDATE leasehold.sessions SET heartbeat_at = '2000-01-01', "
        "expires_at = '2000-01-02' WHERE id = '" +
        to_text(one.id()) + "'");
    const auto seen = two.transact([&](transaction& tx) { return list_sessions(tx, "jobs"); });
    const auto dead =
        *std::find_if(seen.begin(), seen.end(), [](const session_row& row) { return !row.live; });
    run_locked(first.on, first.counters, [&](transaction& tx) {
        EXPECT_EQ(hold_expired(tx, dead), reap_hold::mine);
        EXPECT_EQ(second.leases.reap_step(dead), reap_progress::elsewhere);
        EXPECT_TRUE(reap_session(tx, "jobs", dead));
    });
    EXPECT_EQ(database.count("leasehold.sessions"), 1);
    EXPECT_EQ(second.leases.reap_step(dead), reap_progress::over);
    EXPECT_EQ(retries(), 0);
}

// Its process was stopped in the middle: it may be a long time until the server ends that.
TEST_F(Membership, ASessionThatIsMakingALeaseIsReapedButForItself) {
    one.take(parts_from(0, 3));
    two.take(parts_from(7, 7));
    database.sql("SELECT leasehold.enqueue('jobs', '1', '00000000-0000-4000-8000-000000000001')");
    ASSERT_EQ(one.claim_from({0}, 10).size(), 1U);
    pqxx::connection stopped{database.dsn()};
    pqxx::work lease{stopped};
    lease.exec(
        "INSERT INTO leasehold.session_parts (id, queue, part, epoch, role) "
        "VALUES ('" +
        to_text(one.id()) + "', 'jobs', 7, 1, 'helper')");
    database.sql(
        "UPDATE leasehold.sessions SET heartbeat_at = '2000-01-01', "
        "expires_at = '2000-01-02' WHERE id = '" +
        to_text(one.id()) + "'");
    const auto seen = two.transact([&](transaction& tx) { return list_sessions(tx, "jobs"); });
    const auto dead =
        *std::find_if(seen.begin(), seen.end(), [](const session_row& row) { return !row.live; });
    second.leases.begin_reap(dead);
    second.leases.make_plan();
    auto far = reap_progress::goes_on;
    for (int steps = 0; steps < 10 && far == reap_progress::goes_on; ++steps) {
        far = second.leases.reap_step(dead);
    }
    EXPECT_EQ(far, reap_progress::elsewhere);
    EXPECT_EQ(database.count("leasehold.session_parts WHERE role = 'owner' AND id = '" +
                             to_text(two.id()) + "'"),
              5);
    EXPECT_EQ(database.count("leasehold.items_jobs WHERE claim IS NOT NULL"), 0);
    EXPECT_EQ(database.count("leasehold.sessions"), 2);
    lease.commit();
    EXPECT_EQ(second.leases.reap_step(dead), reap_progress::goes_on) << "that lease goes, too";
    EXPECT_EQ(second.leases.reap_step(dead), reap_progress::over);
    EXPECT_EQ(database.count("leasehold.sessions"), 1);
    EXPECT_EQ(database.count("leasehold.session_parts"), 5);
}

// The rows of parts lie in no order once they have been written often.
TEST_F(Membership, APlanAndAChangeOfHandsOfTheSamePartsDoNotWaitInARing) {
    database.needs_postgres("READ COMMITTED");
    database.sql("UPDATE leasehold.parts SET planned_for = '" + to_text(two.id()) + "'");
    for (int part = 7; part >= 0; --part) {  // physically in the opposite order
        database.sql("UPDATE leasehold.parts SET epoch = epoch WHERE part = " +
                     std::to_string(part));
    }
    const auto everything = parts_from(0, 7);
    auto walking = database.connect({.index_scans_only = false});
    transaction_counters counters;
    std::jthread planner;
    run_locked(first.on, first.counters, [&](transaction& tx) {
        lock_parts(tx, "jobs", parts_from(0, 0));
        planner = std::jthread{[&] {
            run_locked(walking, counters, [&](transaction& planning) {
                planning.run_script(
                    "SET LOCAL enable_nestloop = off; SET LOCAL enable_mergejoin = "
                    "off; SET LOCAL enable_indexscan = off; SET LOCAL "
                    "enable_bitmapscan = off");
                test::plan_for(planning, "jobs", one.id(), everything);
            });
        }};
        EXPECT_TRUE(eventually([&] { return someone_waits(); }));
        EXPECT_EQ(take_leases(tx, "jobs", two.id(), everything).size(), 8U);
    });
    planner.join();
    EXPECT_EQ(counters.retries + first.counters.retries, 0) << "a deadlock";
}

}  // namespace
}  // namespace leasehold
