#include "items/claim_store.hpp"

#include "items/due_store.hpp"

#include "parts/keyspace.hpp"
#include "tests/support/seats.hpp"

#include <gtest/gtest.h>
#include <pqxx/pqxx>

#include <set>

namespace leasehold {
namespace {

using test::parts_from;

struct ClaimStore : testing::Test {
    test::fresh_database database;
    queue_info queue = database.make_queue("jobs", 4);
    test::hand_driven seat{database, queue};

    int count(const std::string& where) {
        return database.sql("SELECT count(*) FROM leasehold.items_jobs WHERE " + where)[0][0]
            .as<int>();
    }
};

new_item in_part(int part, const std::string& payload = "{}") {
    auto id = random_item_id();
    const auto low = lowest_id({part}, 4);
    std::copy_n(low.data, 4, id.value.data);
    return {.payload = payload, .id = id};
}

TEST_F(ClaimStore, ClaimsRaiseTokenAndAttemptAndCarryTheItem) {
    seat.take(parts_from(0, 3));
    auto wanted = in_part(2, R"({"n": 1.10, "s": "ä\"\\"})");
    wanted.priority = -3;
    wanted.max_attempts = 7;
    seat.put({wanted});
    const auto claims = seat.claim_from({2}, 10);
    ASSERT_EQ(claims.size(), 1U);
    EXPECT_EQ(claims[0].held.id, *wanted.id);
    EXPECT_EQ(claims[0].held.payload, R"({"n": 1.10, "s": "ä\"\\"})");
    EXPECT_EQ(claims[0].held.key, std::nullopt);
    EXPECT_EQ(claims[0].held.priority, -3);
    EXPECT_EQ(claims[0].held.attempt, 1);
    EXPECT_EQ(claims[0].held.max_attempts, 7);
    const auto first = claims[0].fence.value;
    EXPECT_TRUE(seat.claim_from({2}, 10).empty());
    ASSERT_EQ(seat.end(claims[0], row_returned{}), ack_result::acknowledged);
    EXPECT_EQ(seat.claim_from({2}, 10).front().fence.value, first + 1);
}

TEST_F(ClaimStore, TheMostUrgentComeFirst) {
    seat.take(parts_from(0, 0));
    auto late = in_part(0, "1");
    late.run_at = "2020-01-02";
    auto early = in_part(0, "2");
    early.run_at = "2020-01-01";
    auto urgent = in_part(0, "3");
    urgent.priority = -1;
    seat.put({late, early, urgent});
    std::string order;
    for (int i = 0; i < 3; ++i) {
        order += seat.claim_from({0}, 1).front().held.payload;
    }
    EXPECT_EQ(order, "321");
}

TEST_F(ClaimStore, WhatIsScheduledForLaterIsLeftAlone) {
    seat.take(parts_from(0, 0));
    auto later = in_part(0);
    later.run_at = "2999-01-01";
    auto less_urgent = in_part(0);
    less_urgent.priority = 5;
    seat.put({later, less_urgent});
    const auto claims = seat.claim_from({0}, 10);
    ASSERT_EQ(claims.size(), 1U);
    EXPECT_EQ(claims[0].held.id, *less_urgent.id);
}

// I2: the database itself refuses.
TEST_F(ClaimStore, WithoutTheLeaseOnItsPartAnItemCannotBeClaimed) {
    seat.put({in_part(1)});
    seat.take(parts_from(0, 0));
    try {
        seat.claim_from({1}, 1);
        FAIL() << "claimed without a lease";
    } catch (const sql_failure& failure) {
        EXPECT_EQ(failure.sqlstate(), "23503");
        EXPECT_EQ(failure.kind(), sql_failure_kind::refused);
    }
    EXPECT_EQ(count("claim IS NOT NULL"), 0);
}

TEST_F(ClaimStore, DuePartsNamesThePartsWithWorkAndTheirMostUrgentItem) {
    auto low = in_part(1);
    low.priority = 4;
    auto scheduled = in_part(2);
    scheduled.run_at = "2999-01-01";
    seat.put({low, scheduled, in_part(3)});
    auto heads =
        seat.transact([&](transaction& tx) { return due_parts(tx, queue, parts_from(0, 3)); });
    std::set<std::pair<int, int>> found;
    for (const auto& head : heads) {
        found.emplace(head.part.value, head.priority);
    }
    EXPECT_EQ(found, (std::set<std::pair<int, int>>{{1, 4}, {3, 0}}));
    EXPECT_TRUE(
        seat.transact([&](transaction& tx) { return due_parts(tx, queue, parts_from(0, 0)); })
            .empty());
}

TEST_F(ClaimStore, FreeingIsBoundedCountsTheAttemptAndBuriesWhatHasNoneLeft) {
    seat.take(parts_from(0, 0));
    auto poison = in_part(0);
    poison.max_attempts = 1;
    seat.put({poison, in_part(0), in_part(0), in_part(0)});
    seat.claim_from({0}, 10);
    const auto free_two = [&] {
        return seat.transact(
            [&](transaction& tx) { return free_claims(tx, queue, seat.id(), {0}, 2, "crash"); });
    };
    EXPECT_EQ(free_two(), 2);
    EXPECT_EQ(free_two(), 2);
    EXPECT_EQ(free_two(), 0);
    EXPECT_EQ(count("claim IS NULL AND attempt = 1 AND last_error = 'crash'"), 3);
    const auto dead = database.sql("SELECT id::text, last_error FROM leasehold.dead_items");
    ASSERT_EQ(dead.size(), 1U);
    EXPECT_EQ(dead[0][0].c_str(), to_text(*poison.id));
    EXPECT_STREQ(dead[0][1].c_str(), "crash");
}

TEST_F(ClaimStore, AnyOpenSeesReadyAndClaimedButNotScheduled) {
    const auto open = [&] {
        return seat.transact([&](transaction& tx) { return any_open(tx, queue); });
    };
    EXPECT_FALSE(open());
    auto later = in_part(0);
    later.run_at = "2999-01-01";
    seat.put({later});
    EXPECT_FALSE(open());
    seat.put({in_part(0)});
    EXPECT_TRUE(open());
    seat.take(parts_from(0, 0));
    const auto held = seat.claim_from({0}, 1);
    EXPECT_TRUE(open());
    ASSERT_EQ(seat.end(held[0]), ack_result::acknowledged);
    EXPECT_FALSE(open());
}

// I6, by the smallest case that fails on a table without parts: a near-empty queue.
TEST_F(ClaimStore, ClaimsOnDisjointPartsNeverAbortEachOther) {
    database.needs_postgres("predicate locks of PostgreSQL");
    test::hand_driven other{database, queue};
    seat.take(parts_from(0, 1));
    other.take(parts_from(2, 3));
    seat.put({in_part(0), in_part(1), in_part(2), in_part(3)});
    auto& mine = seat.on();
    transaction_counters counters;
    run_transaction(mine, counters, [&](transaction& tx) {
        EXPECT_EQ(claim_items(tx, queue, {seat.id(), {0}, 5}).claims.size(), 1U);
        // Wholly inside the first one's time.
        EXPECT_EQ(other.claim_from({2}, 5).size(), 1U);
        EXPECT_EQ(other.claim_from({3}, 5).size(), 1U);
        EXPECT_EQ(claim_items(tx, queue, {seat.id(), {1}, 5}).claims.size(), 1U);
    });
    EXPECT_EQ(counters.retries, 0);
    EXPECT_EQ(other.counters().retries, 0);
}

}  // namespace
}  // namespace leasehold
