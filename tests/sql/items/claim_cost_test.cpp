// What a claim and an acknowledgement look at must not grow with the batch squared, nor with what
// was claimed before.

#include "items/claim_store.hpp"
#include "items/item_tables.hpp"
#include "parts/keyspace.hpp"
#include "schema/sql.hpp"
#include "tests/support/explained.hpp"
#include "tests/support/seats.hpp"

#include <gtest/gtest.h>
#include <pqxx/pqxx>

#include <algorithm>
#include <set>

namespace leasehold {
namespace {

using test::looks_at;
using test::pages_of;

struct ClaimCost : testing::Test {
    test::postgres_database database{"plans of statements"};
    queue_info queue = database.make_queue("jobs", 1);
    test::hand_driven seat{database, queue};

    void SetUp() override { seat.take({{0}}); }

    nlohmann::json plan_of(const statement& one) {
        return seat.transact([&](transaction& tx) { return test::plan_of(tx, one); });
    }
    std::vector<claim> claimed(int count, const scan_position& behind = {}) {
        return seat.transact([&](transaction& tx) {
            return claim_items(
                       tx, queue,
                       {.session = seat.id(), .part = {0}, .claims_max = count, .behind = behind})
                .claims;
        });
    }
};

TEST_F(ClaimCost, AnAcknowledgementLooksForAllItsItemsAtOnce) {
    database.put("jobs", 300);
    for (const bool known : {false, true}) {
        if (known) {
            database.sql("ANALYZE");
        }
        for (const row_change& change :
             {row_change{row_done{}}, row_change{row_returned{}},
              row_change{row_buried{.error = "no", .reason = death::buried}}}) {
            std::vector<ack_request> requests;
            for (auto& one : claimed(50)) {
                requests.push_back({std::move(one), change});
            }
            ASSERT_EQ(requests.size(), 50U);
            const auto steps = ack_steps(queue, requests);
            ASSERT_EQ(steps.size(), 1U);
            EXPECT_EQ(looks_at("items_jobs_0", plan_of(steps[0].what)), 1)
                << change.index() << known;
        }
    }
}

TEST_F(ClaimCost, BehindAPlaceNothingIsLookedAtThatWasClaimedBefore) {
    database.put("jobs", 3'000);
    database.sql("ANALYZE");
    // An old snapshot: what it may see stays in the index.
    auto old = database.connect();
    read_snapshot(old, [&](transaction& tx) {
        tx.run("SELECT count(*) FROM leasehold.items_jobs");
        scan_position last;
        std::vector<int> from_the_top;
        std::vector<int> from_behind;
        for (int turn = 0; turn < 25; ++turn) {
            const claim_wish wish{.session = seat.id(), .part = {0}, .claims_max = 10};
            auto behind = wish;
            behind.behind = last;
            from_behind.push_back(pages_of(plan_of(claim_statement(queue, behind))));
            from_the_top.push_back(pages_of(plan_of(claim_statement(queue, wish))));
            const auto some = claimed(80, last);
            ASSERT_EQ(some.size(), 80U);
            const auto& held = some.back().held;
            last = {held.priority, held.run_at_us, held.id};
        }
        const auto pages = testing::PrintToString(from_behind) +
                           " from the top: " + testing::PrintToString(from_the_top);
        EXPECT_LE(from_behind.back(), 2 * from_behind[1] + 50) << pages;
        EXPECT_GT(from_the_top.back(), 10 * from_behind.back())
            << "so the check above can fail; " << pages;
    });
}

TEST_F(ClaimCost, AWalkFromPlaceToPlaceGivesEveryItemOnceInOrder) {
    std::vector<new_item> items;
    for (int i = 0; i < 60; ++i) {
        items.push_back({.payload = "{}", .priority = i % 3 - 1});
        if (i % 2 == 0) {
            items.back().run_at = i % 4 == 0 ? "2020-01-01" : "1950-01-01 00:00:00.123457";
        }
    }
    seat.put(items);  // those without a time share one
    std::vector<scan_position> walk;
    scan_position last;
    while (true) {
        const auto some = claimed(7, last);
        for (const auto& one : some) {
            walk.push_back({one.held.priority, one.held.run_at_us, one.held.id});
        }
        if (some.empty()) {
            break;
        }
        last = *std::max_element(walk.begin(), walk.end());
    }
    EXPECT_EQ(walk.size(), 60U);
    EXPECT_EQ((std::set<scan_position>{walk.begin(), walk.end()}).size(), 60U);
    // Within a claim the items of one time come in any order.
    const auto urgency = [](const scan_position& one) {
        return std::pair{one.priority, one.run_at_us};
    };
    EXPECT_TRUE(std::is_sorted(walk.begin(), walk.end(), [&](const auto& a, const auto& b) {
        return urgency(a) < urgency(b);
    }));
}

TEST_F(ClaimCost, WhatIsScheduledStaysBehindEveryPlace) {
    std::vector<new_item> items(3, {.payload = "{}", .run_at = "2999-01-01"});
    items.push_back({.payload = "1", .priority = 5});
    items.push_back({.payload = "0", .priority = -5});
    seat.put(items);
    const auto first = claimed(1);
    ASSERT_EQ(first.size(), 1U);
    EXPECT_EQ(first[0].held.payload, "0");
    const auto second = claimed(10, {-5, first[0].held.run_at_us, first[0].held.id});
    ASSERT_EQ(second.size(), 1U);
    EXPECT_EQ(second[0].held.payload, "1");
}

}  // namespace
}  // namespace leasehold
