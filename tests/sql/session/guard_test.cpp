// The lock that shows whether the connection of a session's heartbeats is open.

#include "parts/queue_store.hpp"
#include "session/session_store.hpp"
#include "tests/support/seats.hpp"
#include "tests/support/wait.hpp"

#include <gtest/gtest.h>
#include <pqxx/pqxx>

#include <algorithm>
#include <memory>
#include <string>

namespace leasehold {
namespace {

using test::eventually;

struct Guard : testing::Test {
    test::postgres_database database{"guards that are locks"};
    queue_info queue = database.make_queue("jobs", 4);
    connection heartbeat =
        database.connect({.application_name = "the heartbeat", .holds_guard = true});

    bool is_free(std::int64_t guard) {
        return database
            .sql("SELECT pg_try_advisory_xact_lock_shared(" + std::to_string(guard) + ")")[0][0]
            .as<bool>();
    }
    void cut() { database.cut("application_name = 'the heartbeat'"); }
};

TEST_F(Guard, IsHeldForAsLongAsItsConnectionIsOpen) {
    EXPECT_FALSE(heartbeat.guard());
    heartbeat.open();
    const auto first = heartbeat.guard();
    ASSERT_TRUE(first);
    EXPECT_FALSE(is_free(*first));
    heartbeat.close();
    EXPECT_TRUE(eventually([&] { return is_free(*first); }));
    heartbeat.open();
    ASSERT_TRUE(heartbeat.guard());
    EXPECT_NE(*heartbeat.guard(), *first);
    EXPECT_EQ(heartbeat.times_opened(), 2);
}

TEST_F(Guard, IsHeldByThoseWhoAreToHoldOne) {
    auto other = database.connect();
    other.open();
    EXPECT_FALSE(other.guard());
}

TEST_F(Guard, AConnectionThatTheServerClosedIsSeenWithoutAStatement) {
    EXPECT_FALSE(heartbeat.peer_closed()) << "not even open";
    heartbeat.open();
    EXPECT_FALSE(heartbeat.peer_closed());
    cut();
    EXPECT_TRUE(eventually([&] { return heartbeat.peer_closed(); }));
    heartbeat.close();
    EXPECT_FALSE(heartbeat.peer_closed());
    heartbeat.open();
    EXPECT_FALSE(heartbeat.peer_closed());
}

/// A session that beats over a connection with a guard, and one that looks at it.
struct GuardOfSession : Guard {
    test::hand_driven looker{database, queue};
    const session_id me = random_session_id();
    transaction_counters counters;

    extend_outcome beat() {
        return run_transaction(heartbeat, counters, [&](transaction& tx) {
            return extend_session(tx, me, heartbeat.guard());
        });
    }
    void SetUp() override {
        run_transaction(heartbeat, counters, [&](transaction& tx) {
            register_session(tx, "jobs", me,
                             {.name = "guarded",
                              .host = "host",
                              .pid = 1,
                              .version = "0",
                              .guard = heartbeat.guard()},
                             {});
        });
    }
    queue_watch look(const std::optional<std::int64_t>& over = 5) {
        return *read_snapshot(looker.on(), [&](transaction& tx) {
            return watch_queue(tx, "jobs", looker.id(), {}, over);
        });
    }
    bool expire(const queue_watch& seen) {
        return looker.transact(
            [&](transaction& tx) { return expire_now(tx, *seen.neighbour, seen.guard->guard); });
    }
};

TEST_F(GuardOfSession, ANeighbourSeesWhetherItIsHeld) {
    const auto held = look().guard;
    ASSERT_TRUE(held);
    EXPECT_EQ(*held,
              (guard_look{.of = me, .guard = *heartbeat.guard(), .is_held = true, .over = 5}));
    EXPECT_TRUE(look().guard->is_held) << "a look leaves no trace";
    cut();
    EXPECT_TRUE(eventually([&] { return !look().guard->is_held; }));
}

TEST_F(GuardOfSession, OnlyWhoWantsToLooksAtIt) { EXPECT_FALSE(look(std::nullopt).guard); }

TEST_F(GuardOfSession, TheNextHeartbeatShowsTheNewOne) {
    const auto before = *heartbeat.guard();
    heartbeat.close();
    EXPECT_EQ(beat(), extend_outcome::extended);
    EXPECT_NE(look().guard->guard, before);
    EXPECT_EQ(look().guard->guard, *heartbeat.guard());
}

TEST_F(GuardOfSession, WhoseGuardIsFreeExpiresAtOnceAndIsNeverRevived) {
    heartbeat.close();
    ASSERT_TRUE(eventually([&] { return !look().guard->is_held; }));
    EXPECT_TRUE(expire(look()));
    const auto seen = look();
    EXPECT_FALSE(seen.neighbour->live);
    EXPECT_EQ(beat(), extend_outcome::gone);
    EXPECT_FALSE(expire(seen)) << "once is enough";
}

TEST_F(GuardOfSession, WhoseGuardIsHeldDoesNot) {
    EXPECT_FALSE(expire(look()));
    EXPECT_EQ(beat(), extend_outcome::extended);
}

TEST_F(GuardOfSession, WhoHasBeatenSinceItWasSeenDoesNot) {
    heartbeat.close();
    ASSERT_TRUE(eventually([&] { return !look().guard->is_held; }));
    auto seen = look();
    EXPECT_EQ(beat(), extend_outcome::extended);  // over another connection
    EXPECT_FALSE(expire(seen));
    seen.guard = look().guard;
    seen.guard->guard = *heartbeat.guard();
    heartbeat.close();
    ASSERT_TRUE(eventually([&] { return !look().guard->is_held; }));
    EXPECT_FALSE(expire(seen)) << "the guard is the right one, the time is not";
}

TEST_F(GuardOfSession, WhoHasNoneIsNotJudged) {
    database.sql("UPDATE leasehold.sessions SET guard = NULL");
    EXPECT_FALSE(look().guard);
}

}  // namespace
}  // namespace leasehold
