#include "session/seat_store.hpp"

#include "parts/plan_store.hpp"
#include "tests/support/seats.hpp"

#include <gtest/gtest.h>
#include <pqxx/pqxx>

namespace leasehold {
namespace {

struct SeatStore : testing::Test {
    test::fresh_database database;
    queue_info queue = database.make_queue("jobs", 4);
    test::hand_driven seat{database, queue};
    test::hand_driven other{database, queue};

    void SetUp() override {
        seat.take(test::parts_from(0, 3));
        ASSERT_FALSE(make_plan());  // that was one
    }

    /// Makes the plan that is due, if one is.
    bool make_plan() {
        return other.transact([&](transaction& tx) {
            const auto record = due_plan(tx, "jobs");
            if (record) {
                write_plan(tx, "jobs", *record, next_plan(*record));
            }
            return record.has_value();
        });
    }
    int planned_for(const session_id& id) {
        return database.count("leasehold.parts WHERE planned_for = '" + to_text(id) + "'");
    }
    session_row row(const session_id& id) {
        for (const auto& one : other.transact([](transaction& tx) { return list_seats(tx); })) {
            if (one.row.id == id) {
                return one.row;
            }
        }
        return {};
    }
    void expire() {
        database.sql(
            "UPDATE leasehold.sessions SET heartbeat_at = '2000-01-01', "
            "expires_at = '2000-01-02' WHERE id = '" +
            to_text(seat.id()) + "'");
    }
    seat_change cordon_it(cordon wanted) {
        return other.transact([&](transaction& tx) { return set_cordon(tx, seat.id(), wanted); });
    }
    seat_change evict() {
        return other.transact([&](transaction& tx) { return evict_session(tx, seat.id()); });
    }
    seat_change expire_now() {
        return other.transact([&](transaction& tx) { return expire_session(tx, seat.id()); });
    }
    extend_outcome beat() {
        return seat.transact([&](transaction& tx) { return extend_session(tx, seat.id()); });
    }
};

TEST_F(SeatStore, TheSeatsOfEveryQueueAreListedByQueueAndId) {
    const auto mail = database.make_queue("a_mail", 1);
    test::hand_driven in_mail{database, mail};
    const auto seats = other.transact([](transaction& tx) { return list_seats(tx); });
    ASSERT_EQ(seats.size(), 3U);
    EXPECT_EQ(seats[0].queue, "a_mail");
    EXPECT_EQ(seats[0].row.id, in_mail.id());
    EXPECT_EQ(seats[1].queue, "jobs");
    EXPECT_LT(seats[1].row.id, seats[2].row.id);
    EXPECT_TRUE(seats[1].row.live);
}

TEST_F(SeatStore, ACordonedSessionStandsAndNoPartIsPlannedForIt) {
    ASSERT_EQ(planned_for(seat.id()), 4);
    EXPECT_EQ(cordon_it(cordon::on), seat_change::changed);
    EXPECT_TRUE(make_plan());  // at once: not after the quiet that joins wait for
    EXPECT_EQ(planned_for(seat.id()), 0);
    EXPECT_EQ(planned_for(other.id()), 4);
    EXPECT_EQ(database.count("leasehold.parts WHERE why = 'cordon'"), 4);
    EXPECT_TRUE(row(seat.id()).cordoned);
    EXPECT_EQ(row(seat.id()).state, "live");
    EXPECT_EQ(beat(), extend_outcome::extended);
}

TEST_F(SeatStore, AnUncordonedSessionIsPlannedForAgain) {
    cordon_it(cordon::on);
    make_plan();
    EXPECT_EQ(cordon_it(cordon::off), seat_change::changed);
    EXPECT_TRUE(make_plan());
    EXPECT_EQ(planned_for(seat.id()), 2);
}

TEST_F(SeatStore, WhatIsSoAlreadyCallsForNoPlan) {
    EXPECT_EQ(cordon_it(cordon::off), seat_change::as_it_was);
    EXPECT_FALSE(make_plan());
    cordon_it(cordon::on);
    make_plan();
    EXPECT_EQ(cordon_it(cordon::on), seat_change::as_it_was);
    EXPECT_FALSE(make_plan());
}

TEST_F(SeatStore, AnEvictedSessionHearsOfItAtItsHeartbeatAndIsPlannedForNoMore) {
    EXPECT_EQ(beat(), extend_outcome::extended);
    EXPECT_EQ(evict(), seat_change::changed);
    EXPECT_TRUE(make_plan());
    EXPECT_EQ(planned_for(seat.id()), 0);
    EXPECT_EQ(beat(), extend_outcome::evicted);
    EXPECT_EQ(evict(), seat_change::as_it_was);
    EXPECT_EQ(cordon_it(cordon::off), seat_change::evicted);
    EXPECT_EQ(cordon_it(cordon::on), seat_change::as_it_was);
    EXPECT_TRUE(row(seat.id()).cordoned);
}

TEST_F(SeatStore, ASessionThatIsLeavingIsLeftToLeave) {
    seat.transact([&](transaction& tx) { set_leaving(tx, "jobs", seat.id()); });
    evict();
    EXPECT_EQ(row(seat.id()).state, "leaving");
    EXPECT_EQ(beat(), extend_outcome::extended);
}

TEST_F(SeatStore, AnExpiredByOrderSessionIsOverAndItsPartsArePlannedForOthers) {
    EXPECT_EQ(expire_now(), seat_change::changed);
    EXPECT_EQ(beat(), extend_outcome::gone);
    EXPECT_TRUE(make_plan());
    EXPECT_EQ(planned_for(other.id()), 4);
    EXPECT_EQ(database.count("leasehold.parts WHERE why = 'expired'"), 4);
    const auto seen = row(seat.id());
    EXPECT_FALSE(seen.live);
    EXPECT_EQ(other.transact([&](transaction& tx) { return hold_expired(tx, seen); }),
              reap_hold::mine);
    EXPECT_EQ(expire_now(), seat_change::gone);
}

// Right after its heartbeat, whose time is the server's own.
TEST_F(SeatStore, ASessionMayBeExpiredInTheVeryMomentOfItsHeartbeat) {
    const auto change = seat.transact([&](transaction& tx) {
        extend_session(tx, seat.id());
        return expire_session(tx, seat.id());
    });
    EXPECT_EQ(change, seat_change::changed);
    EXPECT_FALSE(row(seat.id()).live);
}

TEST_F(SeatStore, WhatHasEndedCannotBeChangedAnyMore) {
    expire();
    EXPECT_EQ(cordon_it(cordon::on), seat_change::gone);
    EXPECT_EQ(evict(), seat_change::gone);
    EXPECT_EQ(expire_now(), seat_change::gone);
    EXPECT_FALSE(row(seat.id()).cordoned);
}

}  // namespace
}  // namespace leasehold
