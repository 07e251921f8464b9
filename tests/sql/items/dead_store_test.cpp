#include "items/dead_store.hpp"

#include "tests/support/seats.hpp"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>
#include <pqxx/pqxx>

namespace leasehold {
namespace {

using namespace std::chrono_literals;

struct DeadStore : testing::Test {
    test::fresh_database database;
    queue_info queue = database.make_queue({.name = "jobs", .part_count = 2, .keyed = true});
    test::hand_driven seat{database, queue};

    void SetUp() override { seat.take({{0}, {1}}); }

    item_id dead(const new_item& one, const row_change& how = row_buried{"hopeless"}) {
        const auto id = seat.put({one}).front().id;
        for (const int part : {0, 1}) {
            for (const auto& held : seat.claim_from({part}, 10)) {
                EXPECT_EQ(seat.end(held, how), ack_result::acknowledged);
            }
        }
        return id;
    }
    std::vector<dead_item> list(const dead_filter& which = {}, int count_max = 100) {
        return seat.transact(
            [&](transaction& tx) { return list_dead(tx, queue, which, count_max); });
    }
    redriven redrive(const dead_filter& which = {}, int count_max = 100,
                     const redrive_cursor& from = {}) {
        return seat.transact(
            [&](transaction& tx) { return redrive_dead(tx, queue, which, count_max, from); });
    }
    int present() {
        return database.sql("SELECT count(*) FROM leasehold.items_jobs")[0][0].as<int>();
    }
};

TEST_F(DeadStore, KeepsWhyHowOftenAndAllThatBelongsToTheItem) {
    seat.put(
        {{.payload = R"({"n": 1})", .key = "k", .dedupe = "d", .priority = 3, .max_attempts = 2}});
    const auto claim_it = [&] {
        for (const int part : {0, 1}) {
            if (auto claims = seat.claim_from({part}, 1); !claims.empty()) {
                return claims.front();
            }
        }
        throw std::runtime_error("nothing to claim");
    };
    ASSERT_EQ(seat.end(claim_it(), row_returned{.error = "first \"try\""}),
              ack_result::acknowledged);
    const auto held = claim_it();
    ASSERT_EQ(seat.end(held, row_buried{"second", death::spent}), ack_result::acknowledged);
    const auto items = list();
    ASSERT_EQ(items.size(), 1U);
    const auto& one = items[0];
    EXPECT_EQ(one.id, held.held.id);
    EXPECT_EQ(one.reason, "spent");
    EXPECT_EQ(one.attempt, 2);
    EXPECT_EQ(one.max_attempts, 2);
    EXPECT_EQ(one.key, "k");
    EXPECT_EQ(one.dedupe, "d");
    EXPECT_EQ(one.priority, 3);
    EXPECT_EQ(one.fence, held.fence);
    EXPECT_EQ(one.last_error, "second");
    EXPECT_EQ(one.payload, R"({"n": 1})");
    const auto errors = nlohmann::json::parse(*one.errors);
    ASSERT_EQ(errors.size(), 2U);
    EXPECT_EQ(errors[0]["error"], "first \"try\"");
    EXPECT_EQ(errors[0]["attempt"], 1);
    EXPECT_EQ(errors[1]["error"], "second");
}

TEST_F(DeadStore, TheLastTenErrorsAreKept) {
    seat.put({{.payload = "1", .max_attempts = 20}});
    for (int i = 1; i <= 13; ++i) {
        for (const int part : {0, 1}) {
            for (const auto& held : seat.claim_from({part}, 1)) {
                ASSERT_EQ(seat.end(held, row_returned{.error = "e" + std::to_string(i)}),
                          ack_result::acknowledged);
            }
        }
    }
    const auto rows = database.sql(
        "SELECT jsonb_array_length(errors), errors->0->>'error', errors->9->>'error', last_error "
        "FROM leasehold.items_jobs");
    EXPECT_EQ(rows[0][0].as<int>(), 10);
    EXPECT_STREQ(rows[0][1].c_str(), "e4");
    EXPECT_STREQ(rows[0][2].c_str(), "e13");
    EXPECT_STREQ(rows[0][3].c_str(), "e13");
}

TEST_F(DeadStore, FiltersNarrowByIdReasonErrorKeyAndTime) {
    const auto a = dead({.payload = "1", .key = "a"}, row_buried{"disk full"});
    const auto b = dead({.payload = "2", .key = "b"}, row_buried{"timeout", death::spent});
    database.sql("UPDATE leasehold.dead_items SET died_at = '2020-01-01' WHERE key = 'a'");
    const auto only = [&](const dead_filter& which) {
        const auto items = list(which);
        return items.size() == 1 ? items[0].id : item_id{};
    };
    EXPECT_EQ(list().size(), 2U);
    EXPECT_EQ(list().front().id, b) << "the latest first";
    EXPECT_EQ(list({}, 1).size(), 1U);
    EXPECT_EQ(only({.ids = {a}}), a);
    EXPECT_EQ(only({.reason = "spent"}), b);
    EXPECT_EQ(only({.error = "disk"}), a);
    EXPECT_TRUE(list({.error = "%"}).empty()) << "no pattern, plain text";
    EXPECT_EQ(only({.key = "b"}), b);
    EXPECT_EQ(only({.since = "2021-01-01"}), b);
    EXPECT_EQ(only({.before = "2021-01-01"}), a);
    EXPECT_TRUE(list({.ids = {a}, .reason = "spent"}).empty());
}

TEST_F(DeadStore, ARedrivenItemRunsAgainWithAllItsAttemptsAndARisingToken) {
    const auto id = dead({.payload = "7", .max_attempts = 1}, row_buried{"x", death::spent});
    const auto before = list().front().fence;
    const auto step = redrive({.ids = {id}});
    EXPECT_EQ(step.count, 1);
    EXPECT_EQ(step.pending, 0);
    EXPECT_FALSE(step.go_on);
    EXPECT_TRUE(list().empty());
    for (const int part : {0, 1}) {
        for (const auto& held : seat.claim_from({part}, 1)) {
            EXPECT_EQ(held.held.id, id);
            EXPECT_EQ(held.held.payload, "7");
            EXPECT_EQ(held.held.attempt, 1);
            EXPECT_GT(held.fence, before);
            EXPECT_EQ(seat.end(held), ack_result::acknowledged);
        }
    }
    EXPECT_EQ(present(), 0);
}

// The dedupe key was used again since, and that item is done: tokens rise over all three lives.
TEST_F(DeadStore, TheTokenOfARedrivenItemIsAboveThoseGivenOutSince) {
    dead({.payload = "1", .dedupe = "d"});
    const auto since = dead({.payload = "2", .dedupe = "d"}, row_returned{});
    const auto last =
        database.sql("SELECT token FROM leasehold.items_jobs")[0][0].as<std::int64_t>();
    for (const int part : {0, 1}) {
        for (const auto& held : seat.claim_from({part}, 1)) {
            ASSERT_EQ(seat.end(held), ack_result::acknowledged);
        }
    }
    ASSERT_EQ(redrive().count, 1);
    EXPECT_GT(
        database
            .sql("SELECT token FROM leasehold.items_jobs WHERE id = '" + to_text(since) + "'")[0][0]
            .as<std::int64_t>(),
        last);
}

TEST_F(DeadStore, ARandomIdThatWasUsedAgainSinceDoesNotFallBackEither) {
    const auto id = dead({.payload = "1"});
    seat.put({{.payload = "2", .id = id}});
    claim since;
    for (const int part : {0, 1}) {
        for (const auto& held : seat.claim_from({part}, 1)) {
            since = held;
        }
    }
    ASSERT_EQ(seat.end(since), ack_result::acknowledged);
    ASSERT_EQ(redrive().count, 1);
    EXPECT_GT(database.sql("SELECT token FROM leasehold.items_jobs")[0][0].as<std::int64_t>(),
              since.fence.value);
}

TEST_F(DeadStore, WhatIsPendingUnderTheSameIdKeepsTheDeadOneDead) {
    dead({.payload = "1", .dedupe = "d"});
    seat.put({{.payload = "2", .dedupe = "d"}});
    const auto step = redrive();
    EXPECT_EQ(step.count, 0);
    EXPECT_EQ(step.pending, 1);
    EXPECT_EQ(list().size(), 1U);
    EXPECT_EQ(present(), 1);
}

TEST_F(DeadStore, OfTwoDeathsOfOneIdTheLastIsRedrivenOnce) {
    dead({.payload = "1", .dedupe = "d"});
    dead({.payload = "2", .dedupe = "d"});
    ASSERT_EQ(list().size(), 2U);
    EXPECT_EQ(redrive().count, 1);
    EXPECT_EQ(
        database.sql("SELECT payload::text FROM leasehold.items_jobs")[0][0].as<std::string>(),
        "2");
    EXPECT_EQ(list().size(), 1U);
}

TEST_F(DeadStore, RedrivingAndDeletingGoInStepsThatComeToAnEnd) {
    dead({.payload = "0", .dedupe = "d"});
    seat.put({{.payload = "0", .dedupe = "d"}});  // keeps the first one dead
    for (int i = 1; i <= 9; ++i) {
        seat.put({{.payload = "1", .key = "k" + std::to_string(i)}});
    }
    for (const int part : {0, 1}) {
        for (const auto& held : seat.claim_from({part}, 10)) {
            if (held.held.payload == "1") {
                ASSERT_EQ(seat.end(held, row_buried{"x"}), ack_result::acknowledged);
            }
        }
    }
    redriven sum{.go_on = redrive_cursor{}};
    int steps = 0;
    while (sum.go_on) {
        const auto step = redrive({}, 4, *sum.go_on);
        sum = {sum.count + step.count, sum.pending + step.pending, step.go_on};
        ASSERT_LE(++steps, 5);
    }
    EXPECT_EQ(sum.count, 9);
    EXPECT_EQ(sum.pending, 1);
    const auto erase = [&](int count_max) {
        return seat.transact(
            [&](transaction& tx) { return delete_dead(tx, queue, {}, count_max); });
    };
    EXPECT_EQ(erase(1), 1);
    EXPECT_EQ(erase(1), 0);
}

TEST_F(DeadStore, AReadyItemIsCancelledAtOnceAndAClaimedOneIsAskedTo) {
    const auto cancel_it = [&](const item_id& id) {
        return seat.transact([&](transaction& tx) { return cancel_item(tx, queue, id, "why"); });
    };
    const auto ready = seat.put({{.payload = "1", .run_at = "2999-01-01"}}).front().id;
    EXPECT_EQ(cancel_it(ready), cancel_result::cancelled);
    EXPECT_EQ(cancel_it(ready), cancel_result::missing);
    EXPECT_EQ(list().front().reason, "cancelled");
    EXPECT_EQ(list().front().last_error, "why");

    seat.put({{.payload = "2", .key = "k"}});
    claim held;
    for (const int part : {0, 1}) {
        for (auto& one : seat.claim_from({part}, 1)) {
            held = one;
        }
    }
    EXPECT_FALSE(held.cancel_asked);
    const auto asked = [&] {
        const std::vector<claim> all{held};
        return seat.transact([&](transaction& tx) { return cancel_asked(tx, queue, all).size(); });
    };
    EXPECT_EQ(asked(), 0U);
    EXPECT_EQ(cancel_it(held.held.id), cancel_result::asked);
    EXPECT_EQ(cancel_it(held.held.id), cancel_result::asked);
    EXPECT_EQ(asked(), 1U);
    // Whatever becomes of this claim, the next one knows.
    ASSERT_EQ(seat.end(held, row_returned{}), ack_result::acknowledged);
    EXPECT_EQ(asked(), 0U);
    EXPECT_TRUE(seat.claim_from(held.held.part, 1).front().cancel_asked);
}

}  // namespace
}  // namespace leasehold
