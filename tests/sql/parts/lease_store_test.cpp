#include "parts/lease_store.hpp"

#include "parts/keyspace.hpp"
#include "tests/support/seats.hpp"

#include <gtest/gtest.h>
#include <pqxx/pqxx>

namespace leasehold {
namespace {

using test::parts_from;

struct LeaseStore : testing::Test {
    test::fresh_database database;
    queue_info queue = database.make_queue("jobs", 4);
    test::hand_driven one{database, queue};
    test::hand_driven two{database, queue};

    void plan(test::hand_driven& session, int first, int last) {
        session.transact([&](transaction& tx) {
            test::plan_for(tx, queue.name, session.id(), parts_from(first, last));
        });
    }
    std::vector<part_id> give(test::hand_driven& session, int first, int last) {
        return session.transact([&](transaction& tx) {
            return give_leases(tx, queue.name, session.id(), parts_from(first, last));
        });
    }
    item_id lowest_item_of(int part) const { return {lowest_id({part}, queue.part_count)}; }
};

TEST_F(LeaseStore, APartHasOneOwnerAndItsEpochRisesWithEachTake) {
    const auto first = one.take(parts_from(0, 2));
    ASSERT_EQ(first.size(), 3U);
    EXPECT_EQ(first[0].term.value, 1);
    const auto second = two.take(parts_from(1, 3));
    ASSERT_EQ(second.size(), 1U);
    EXPECT_EQ(second[0].part.value, 3);
    one.transact([&](transaction& tx) {
        return release_leases(tx, queue.name, one.id(), parts_from(1, 1), "test");
    });
    const auto third = two.take(parts_from(0, 3));
    ASSERT_EQ(third.size(), 1U);
    EXPECT_EQ(third[0].part.value, 1);
    EXPECT_EQ(third[0].term.value, 2);
}

// I1, by the constraint itself.
TEST_F(LeaseStore, ASecondOwnerIsRefusedByTheDatabase) {
    one.take(parts_from(0, 0));
    EXPECT_THROW(database.sql("INSERT INTO leasehold.session_parts (id, queue, part, epoch) VALUES "
                              "('" +
                              to_text(two.id()) + "', 'jobs', 0, 9)"),
                 pqxx::unique_violation);
}

TEST_F(LeaseStore, WhatIsPlannedForAnotherIsNotTaken) {
    plan(two, 0, 1);
    plan(one, 2, 3);
    const auto mine = one.transact(
        [&](transaction& tx) { return take_leases(tx, queue.name, one.id(), parts_from(0, 3)); });
    ASSERT_EQ(mine.size(), 2U);
    EXPECT_EQ(mine[0].part.value, 2);
    EXPECT_EQ(mine[1].part.value, 3);
}

// The plan changes under a taker: it decides anew.
TEST_F(LeaseStore, ATakerWhosePlanIsOverTakenByANewOneTakesNothing) {
    plan(one, 0, 3);
    int attempts = 0;
    const auto mine = one.transact([&](transaction& tx) {
        if (++attempts == 1) {
            tx.run("SELECT 1");  // the snapshot is taken before the other's take
            EXPECT_EQ(two.take(parts_from(0, 3)).size(), 4U);
        }
        return take_leases(tx, queue.name, one.id(), parts_from(0, 3));
    });
    EXPECT_EQ(attempts, 2);
    EXPECT_TRUE(mine.empty());
}

TEST_F(LeaseStore, APartIsGivenFromHandToHandInOneEvent) {
    one.take(parts_from(0, 3));
    plan(two, 2, 3);
    EXPECT_EQ(give(one, 0, 3), (std::vector<part_id>{{2}, {3}})) << "the others are its own";
    const auto log = database.sql(
        "SELECT part, epoch, from_session, to_session, reason FROM leasehold.ownership_log "
        "WHERE from_session IS NOT NULL ORDER BY part");
    ASSERT_EQ(log.size(), 2U);
    EXPECT_EQ(log[0][0].as<int>(), 2);
    EXPECT_EQ(log[0][1].as<int>(), 2);
    EXPECT_EQ(log[0][2].c_str(), to_text(one.id()));
    EXPECT_EQ(log[0][3].c_str(), to_text(two.id()));
    const auto held = two.transact([&](transaction& tx) { return leases_of(tx, two.id()); });
    ASSERT_EQ(held.size(), 2U);
    EXPECT_EQ(held[0].held.term.value, 2);
}

// Who stands may give a part that was planned for a session that has expired since.
TEST_F(LeaseStore, TheLogSaysExpiredOfAReapedGiverOnly) {
    one.take(parts_from(0, 1));
    plan(two, 0, 1);
    const auto give_planned = [&](int part, const std::string& why, giver from) {
        database.sql("UPDATE leasehold.parts SET why = '" + why + "'");
        one.transact([&](transaction& tx) {
            return give_leases(tx, queue.name, one.id(), parts_from(part, part), from);
        });
        return database
            .sql(
                "SELECT reason FROM leasehold.ownership_log WHERE from_session IS NOT NULL AND "
                "part = " +
                std::to_string(part))[0][0]
            .as<std::string>();
    };
    EXPECT_EQ(give_planned(0, "expired", giver::stands), "plan");
    EXPECT_EQ(give_planned(1, "join", giver::reaped), "expired");
}

TEST_F(LeaseStore, APartIsNotGivenToASessionThatExpiredOrLeaves) {
    one.take(parts_from(0, 3));
    plan(two, 0, 1);
    const auto as = [&](const std::string& change) {
        database.sql("UPDATE leasehold.sessions SET " + change + " WHERE id = '" +
                     to_text(two.id()) + "'");
        return give(one, 0, 1).size();
    };
    EXPECT_EQ(as("heartbeat_at = '2000-01-01', expires_at = '2000-01-02'"), 0U);
    EXPECT_EQ(as("expires_at = 'infinity', state = 'leaving'"), 0U);
    EXPECT_EQ(as("state = 'live'"), 2U);
}

TEST_F(LeaseStore, APartWithAClaimInItIsNotGiven) {
    one.take(parts_from(0, 0));
    one.put({{.payload = "1", .id = lowest_item_of(0)}});
    const auto held = one.claim_from({0}, 1);
    ASSERT_EQ(held.size(), 1U);
    plan(two, 0, 0);
    try {
        give(one, 0, 0);
        FAIL() << "gave a part with a claim in it";
    } catch (const sql_failure& failure) {
        EXPECT_EQ(failure.sqlstate(), "23503");
    }
    ASSERT_EQ(one.end(held[0]), ack_result::acknowledged);
    EXPECT_EQ(give(one, 0, 0).size(), 1U);
}

// The session that is to own it helps in it already, and has a claim there.
TEST_F(LeaseStore, TheLeaseOfOneWhoHelpsBecomesTheOwnersAndKeepsItsClaims) {
    one.take(parts_from(0, 0));
    one.put({{.payload = "1", .id = lowest_item_of(0)}});
    database.sql("INSERT INTO leasehold.session_parts (id, queue, part, epoch, role) VALUES ('" +
                 to_text(two.id()) + "', 'jobs', 0, 1, 'helper')");
    const auto held = two.claim_from({0}, 1);
    ASSERT_EQ(held.size(), 1U);
    plan(two, 0, 0);
    EXPECT_EQ(give(one, 0, 0).size(), 1U);
    const auto leases = two.transact([&](transaction& tx) { return leases_of(tx, two.id()); });
    ASSERT_EQ(leases.size(), 1U);
    EXPECT_EQ(leases[0].role, lease_role::owner);
    EXPECT_EQ(leases[0].held.term.value, 2);
    EXPECT_EQ(two.end(held[0]), ack_result::acknowledged);
}

TEST_F(LeaseStore, ALookShowsWhatIsMineAndWhatIsToBe) {
    one.take(parts_from(0, 1));
    two.take(parts_from(2, 3));
    plan(one, 2, 2);
    plan(two, 1, 1);
    const auto seen =
        one.transact([&](transaction& tx) { return look_at_leases(tx, queue.name, one.id()); });
    ASSERT_EQ(seen.size(), 3U);
    EXPECT_EQ(seen[0].planned_for, one.id());
    EXPECT_EQ(seen[1].planned_for, two.id());
    EXPECT_TRUE(seen[1].planned_is_live);
    EXPECT_EQ(seen[1].owner, one.id());
    EXPECT_EQ(seen[2].owner, two.id());
}

TEST_F(LeaseStore, AnExpiredSessionTakesNothing) {
    database.sql(
        "UPDATE leasehold.sessions SET heartbeat_at = '2000-01-01', "
        "expires_at = '2000-01-02' WHERE id = '" +
        to_text(one.id()) + "'");
    EXPECT_TRUE(one.take(parts_from(0, 3)).empty());
}

TEST_F(LeaseStore, ALeaseWithAClaimUnderItCannotBeReleased) {
    one.take(parts_from(0, 3));
    one.put({{.payload = "1"}});
    claim held;
    for (const auto part : parts_from(0, 3)) {
        for (const auto& found : one.claim_from(part, 1)) {
            held = found;
        }
    }
    const auto let_go = [&] {
        return one.transact([&](transaction& tx) {
            return release_leases(tx, queue.name, one.id(), parts_from(0, 3), "test");
        });
    };
    try {
        let_go();
        FAIL() << "released a part with a claim in it";
    } catch (const sql_failure& failure) {
        EXPECT_EQ(failure.sqlstate(), "23503");
    }
    ASSERT_EQ(one.end(held), ack_result::acknowledged);
    EXPECT_EQ(let_go().size(), 4U);
}

TEST_F(LeaseStore, EveryChangeOfHandsIsInTheLog) {
    one.take(parts_from(2, 2));
    one.transact([&](transaction& tx) {
        return release_leases(tx, queue.name, one.id(), parts_from(2, 2), "plan");
    });
    two.take(parts_from(2, 2));
    const auto log = database.sql(
        "SELECT epoch, from_session, to_session, reason FROM leasehold.ownership_log ORDER BY at");
    ASSERT_EQ(log.size(), 3U);
    EXPECT_EQ(log[0][2].c_str(), to_text(one.id()));
    EXPECT_EQ(log[1][1].c_str(), to_text(one.id()));
    EXPECT_TRUE(log[1][2].is_null());
    EXPECT_STREQ(log[1][3].c_str(), "plan");
    EXPECT_EQ(log[2][0].as<int>(), 2);
}

TEST_F(LeaseStore, ListsShowWhoHoldsWhat) {
    one.take(parts_from(0, 0));
    two.take(parts_from(3, 3));
    const auto owned = one.transact([&](transaction& tx) { return list_leases(tx, queue.name); });
    ASSERT_EQ(owned.size(), 2U);
    EXPECT_EQ(owned[0].owner, one.id());
    EXPECT_EQ(owned[1].part.value, 3);
    const auto mine = two.transact([&](transaction& tx) { return leases_of(tx, two.id()); });
    ASSERT_EQ(mine.size(), 1U);
}

}  // namespace
}  // namespace leasehold
