#include "session/session_store.hpp"

#include "sql/notice_line.hpp"
#include "tests/support/seats.hpp"
#include "tests/support/wait.hpp"

#include <gtest/gtest.h>
#include <pqxx/pqxx>

#include <stdexcept>

namespace leasehold {
namespace {

struct SessionStore : testing::Test {
    test::fresh_database database;
    queue_info queue = database.make_queue("jobs", 4);
    test::hand_driven seat{database, queue};

    void expire() {
        database.sql(
            "UPDATE leasehold.sessions SET heartbeat_at = '2000-01-01', "
            "expires_at = '2000-01-02'");
    }
    session_row row() { return row(seat.id()); }
    session_row row(const session_id& id) {
        for (const auto& one :
             seat.transact([&](transaction& tx) { return list_sessions(tx, "jobs"); })) {
            if (one.id == id) {
                return one;
            }
        }
        throw std::out_of_range("no session " + to_text(id));
    }
    extend_outcome beat() {
        return seat.transact([&](transaction& tx) { return extend_session(tx, seat.id()); });
    }
    std::int64_t generation() {
        return database.sql("SELECT generation FROM leasehold.queues")[0][0].as<std::int64_t>();
    }
};

TEST_F(SessionStore, AHeartbeatMovesTheExpiryByTheTtl) {
    database.sql(
        "UPDATE leasehold.sessions SET expires_at = clock_timestamp() + '1 s', "
        "heartbeat_at = clock_timestamp() - interval '9 s'");
    EXPECT_EQ(beat(), extend_outcome::extended);
    const auto left = database.sql(
        "SELECT expires_at - clock_timestamp() BETWEEN '8 s' AND '10 s' FROM leasehold.sessions");
    EXPECT_TRUE(left[0][0].as<bool>());
}

// I7: an expired session cannot be revived, reaped or not.
TEST_F(SessionStore, ALateHeartbeatDoesNotReviveAnExpiredSession) {
    expire();
    EXPECT_FALSE(row().live);
    EXPECT_EQ(beat(), extend_outcome::gone);
    EXPECT_FALSE(row().live);
}

TEST_F(SessionStore, ALateHeartbeatDoesNotReviveAReapedSession) {
    expire();
    const auto seen = row();
    EXPECT_TRUE(seat.transact([&](transaction& tx) { return reap_session(tx, "jobs", seen); }));
    EXPECT_EQ(beat(), extend_outcome::gone);
    EXPECT_EQ(database.sql("SELECT count(*) FROM leasehold.sessions")[0][0].as<int>(), 0);
}

TEST_F(SessionStore, ALiveSessionIsNotReaped) {
    const auto seen = row();
    EXPECT_EQ(seat.transact([&](transaction& tx) { return hold_expired(tx, seen); }),
              reap_hold::gone);
    EXPECT_FALSE(seat.transact([&](transaction& tx) { return reap_session(tx, "jobs", seen); }));
}

// Compare and delete: what was seen is not what is there any more.
TEST_F(SessionStore, ASessionThatIsNoLongerAsItWasSeenIsNotReaped) {
    expire();
    const auto seen = row();
    database.sql("UPDATE leasehold.sessions SET expires_at = '2000-01-03'");
    EXPECT_EQ(seat.transact([&](transaction& tx) { return hold_expired(tx, seen); }),
              reap_hold::gone);
    EXPECT_FALSE(seat.transact([&](transaction& tx) { return reap_session(tx, "jobs", seen); }));
}

TEST_F(SessionStore, EveryChangeOfMembershipRaisesTheGeneration) {
    const auto at_first = generation();
    test::hand_driven other{database, queue};
    EXPECT_EQ(generation(), at_first + 1);
    other.transact([&](transaction& tx) { set_leaving(tx, "jobs", other.id()); });
    EXPECT_EQ(generation(), at_first + 2);
    expire();
    const auto seen = row();
    seat.transact([&](transaction& tx) { return begin_reap(tx, "jobs", seen); });
    EXPECT_EQ(generation(), at_first + 3);
}

// It went on without it when it began to leave, or to be reaped.
TEST_F(SessionStore, ThePlanIsMadeAnewWhenASessionIsGoneOnlyIfItStillHasPartsForIt) {
    test::hand_driven other{database, queue};
    const auto before = generation();
    const auto leave = [&](const test::hand_driven& who) {
        seat.transact([&](transaction& tx) { leave_session(tx, "jobs", who.id()); });
    };
    const auto is_planned_without = [&](const test::hand_driven& who) {
        database.sql("UPDATE leasehold.sessions SET state = 'leaving' WHERE id = '" +
                     to_text(who.id()) + "'");
    };
    is_planned_without(other);
    leave(other);
    EXPECT_EQ(generation(), before);
    seat.transact(
        [&](transaction& tx) { test::plan_for(tx, "jobs", seat.id(), test::parts_from(0, 0)); });
    is_planned_without(seat);
    leave(seat);
    EXPECT_EQ(generation(), before + 1);

    test::hand_driven dead{database, queue};
    is_planned_without(dead);
    expire();
    const auto seen = row(dead.id());
    dead.transact([&](transaction& tx) { EXPECT_TRUE(reap_session(tx, "jobs", seen)); });
    EXPECT_EQ(generation(), before + 2) << "it joined, that is all";
}

// Where sessions outnumber parts, one without parts has its place among them.
TEST_F(SessionStore, ThePlanIsMadeAnewWhenASessionIsGoneWithWhichItCountedToTheEnd) {
    test::hand_driven other{database, queue};
    const auto before = generation();
    other.transact([&](transaction& tx) { leave_session(tx, "jobs", other.id()); });
    EXPECT_EQ(generation(), before + 1);

    test::hand_driven dead{database, queue};
    expire();
    const auto seen = row(dead.id());
    dead.transact([&](transaction& tx) { EXPECT_TRUE(reap_session(tx, "jobs", seen)); });
    EXPECT_EQ(generation(), before + 3) << "it joined, and it is gone";
}

TEST_F(SessionStore, ASeatThatIsKeptIsPlannedForAnewWhenItsGraceIsOver) {
    database.sql(
        "UPDATE leasehold.queues SET strategy = 'sticky', plan_at = NULL, planned_seats = 1");
    database.sql("UPDATE leasehold.sessions SET named = true, state = 'leaving'");
    seat.transact([&](transaction& tx) { leave_session(tx, "jobs", seat.id()); });
    EXPECT_EQ(database.count("leasehold.vacant_seats"), 1);
    const auto due = database.sql(
        "SELECT plan_at - clock_timestamp() BETWEEN '4 s' AND '5 s' FROM leasehold.queues");
    EXPECT_TRUE(due[0][0].as<bool>());
}

// With very many sessions, each wakes up for each notice.
TEST_F(SessionStore, AJoinIsNotTold) {
    database.needs_postgres("notices");
    notice_line ear{dsn{database.dsn()}, "leasehold_jobs", {}};
    ear.open();
    test::hand_driven other{database, queue};
    seat.transact([&](transaction& tx) { set_leaving(tx, "jobs", seat.id()); });
    database.sql("NOTIFY leasehold_jobs, 'end'");
    std::vector<std::string> heard;
    while (heard.empty() || heard.back() != "end") {
        const auto more = ear.wait(std::chrono::seconds{20});
        ASSERT_FALSE(more.empty());
        heard.insert(heard.end(), more.begin(), more.end());
    }
    EXPECT_EQ(heard, (std::vector<std::string>{"plan", "end"})) << "of the one that leaves";
}

TEST_F(SessionStore, AHeartbeatChangesNoIndexAndNoOtherTable) {
    for (int i = 0; i < 5; ++i) {
        beat();
    }
    seat.on().close();  // a session reports its statistics at its end, a moment later
    const auto counted = [&](const std::string& column) {
        return database
            .sql("SELECT " + column +
                 " FROM pg_stat_user_tables "
                 "WHERE relid = 'leasehold.sessions'::regclass")[0][0]
            .as<int>();
    };
    EXPECT_TRUE(test::eventually([&] { return counted("n_tup_upd") == 5; }));
    EXPECT_EQ(counted("n_tup_hot_upd"), 5);
    EXPECT_EQ(generation(), 2);
}

}  // namespace
}  // namespace leasehold
