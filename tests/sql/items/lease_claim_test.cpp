// Claims by the lease alone: what the lease decides, and what tokens do without being written.

#include "items/claim_store.hpp"
#include "items/dead_store.hpp"
#include "items/help_store.hpp"
#include "items/queue_setup.hpp"
#include "items/verify_store.hpp"
#include "tests/support/leased_seat.hpp"
#include "tests/support/wait.hpp"

#include <leasehold/claim_guard.hpp>

#include <gtest/gtest.h>
#include <pqxx/pqxx>

#include <future>
#include <string>

namespace leasehold {
namespace {

using namespace std::chrono_literals;
using test::eventually;
using parts = std::vector<part_id>;

struct LeaseClaim : testing::Test {
    test::fresh_database database;
    queue_info queue =
        database.make_queue({.name = "jobs", .part_count = 1, .claims = claim_mode::lease});
    test::leased_seat owner{database, queue};
    test::leased_seat other{database, queue};
    lease own = owner.begin({{0}}).at(0);

    claim shown(int max_attempts = 5) {
        owner.put({{.payload = "{}", .max_attempts = max_attempts}});
        return owner.see(own, 1).at(0);
    }
    /// The part is the other's now, given as its owner gives it.
    lease given_away() {
        other.plan({{0}});
        EXPECT_EQ(owner.give({{0}}), (parts{{0}}));
        return other.open({{0}}).at(0);
    }
    void expire_owner() {
        other.plan({{0}});
        EXPECT_EQ(owner.reaped_from({0}), (parts{{0}}));
    }
    lease lease_of(const test::leased_seat& seat) {
        const auto rows = database.sql(
            "SELECT h.epoch, p.by_lease, p.token_base FROM leasehold.session_parts AS h "
            "JOIN leasehold.parts AS p USING (queue, part) WHERE h.id = '" +
            to_text(seat.id()) + "' AND h.part = 0");
        return {.part = {0},
                .term = {rows[0][0].as<std::int64_t>()},
                .way = {.by_lease = rows[0][1].as<bool>(),
                        .base = {rows[0][2].as<std::int64_t>()}}};
    }
    std::vector<claim> on_row(test::leased_seat& seat, int count = 1) {
        return seat.transact([&](transaction& tx) {
            return claim_items(tx, queue,
                               {.session = seat.id(),
                                .part = {0},
                                .claims_max = count,
                                .base = lease_of(seat).way.base})
                .claims;
        });
    }
    std::string value(const std::string& expression) {
        const auto rows = database.sql("SELECT " + expression + " FROM leasehold.items_jobs");
        return rows.empty() ? "no row" : rows[0][0].c_str();
    }
    int items() { return database.count("leasehold.items_jobs"); }
    /// Does a backend wait for another's lock?
    bool somebody_waits() {
        return database.count(
                   "pg_stat_activity WHERE wait_event_type = 'Lock'"
                   " AND datname = current_database()") > 0;
    }
    std::vector<std::string> broken() {
        std::vector<std::string> names;
        for (const auto& one :
             read_snapshot(owner.on(), [&](transaction& tx) { return verify_queue(tx, queue); })) {
            if (!one.ok) {
                names.push_back(one.name + ": " + one.detail);
            }
        }
        return names;
    }
};

TEST_F(LeaseClaim, WritesNothingAndEndsTheItemOnce) {
    const auto held = shown();
    EXPECT_EQ(held.held.attempt, 1);
    EXPECT_EQ(held.fence.value, 1);
    EXPECT_EQ(value("claim IS NULL AND token = 0 AND attempt = 0"), "t");
    EXPECT_EQ(owner.end_by_lease(held), ack_result::acknowledged);
    EXPECT_EQ(items(), 0);
    EXPECT_EQ(owner.end_by_lease(held), ack_result::lost);
    EXPECT_EQ(broken(), std::vector<std::string>{});
}

TEST_F(LeaseClaim, ABatchSaysWhichOfItsItemsAreLost) {
    owner.put({{.payload = "1"}, {.payload = "2"}, {.payload = "3"}, {.payload = "4"}});
    auto held = owner.see(own, 4);
    ASSERT_EQ(held.size(), 4U);
    held[1].by_lease->seen.value += 1;
    held[2].held.id = random_item_id();
    const std::vector<ack_request> batch{{held[0], row_done{}},
                                         {held[1], row_done{}},
                                         {held[2], row_done{}},
                                         {held[3], row_buried{"x"}}};
    EXPECT_EQ(owner.transact([&](transaction& tx) { return acknowledge(tx, queue, batch); }),
              (std::vector{ack_result::acknowledged, ack_result::lost, ack_result::lost,
                           ack_result::acknowledged}));
    EXPECT_EQ(items(), 2);
}

TEST_F(LeaseClaim, AReturnCountsTheAttemptAndWritesTheTokenDown) {
    const auto held = shown();
    ASSERT_EQ(owner.end_by_lease(held, row_returned{.delay = 0ms, .error = "no"}),
              ack_result::acknowledged);
    EXPECT_EQ(value("claim IS NULL AND token = 1 AND attempt = 1 AND last_error = 'no'"), "t");
    EXPECT_EQ(owner.end_by_lease(held), ack_result::lost) << "the claim has ended";
    const auto again = owner.see(own, 1).at(0);
    EXPECT_EQ(again.fence.value, 2);
    ASSERT_EQ(owner.end_by_lease(again, row_returned{.attempts_given_back = 1}),
              ack_result::acknowledged);
    EXPECT_EQ(value("token = 2 AND attempt = 1"), "t");
}

TEST_F(LeaseClaim, ABurialCountsTheAttemptAndNamesTheTokenShown) {
    const auto held = shown();
    ASSERT_EQ(owner.end_by_lease(held, row_buried{"hopeless"}), ack_result::acknowledged);
    const auto dead = database.sql("SELECT token, attempt, last_error FROM leasehold.dead_items");
    ASSERT_EQ(dead.size(), 1U);
    EXPECT_EQ(dead[0][0].as<int>(), 1);
    EXPECT_EQ(dead[0][1].as<int>(), 1);
    EXPECT_STREQ(dead[0][2].c_str(), "hopeless");
    EXPECT_EQ(items(), 0);
}

TEST_F(LeaseClaim, WithoutTheLeaseNothingIsSeen) {
    owner.put({{.payload = "{}"}});
    given_away();
    EXPECT_TRUE(owner.see(own, 1).empty());
    auto stale = lease_of(other);
    stale.term.value -= 1;
    EXPECT_TRUE(other.see(stale, 1).empty()) << "the lease of another term";
    EXPECT_EQ(other.see(lease_of(other), 1).size(), 1U);
}

TEST_F(LeaseClaim, OfAnOwnerWhoGaveThePartIsLost) {
    const auto held = shown();
    given_away();
    EXPECT_EQ(owner.end_by_lease(held), ack_result::lost);
    EXPECT_EQ(owner.end_by_lease(held, row_returned{}), ack_result::lost);
    EXPECT_EQ(owner.end_by_lease(held, row_buried{"x"}), ack_result::lost);
    EXPECT_EQ(value("token = 0 AND attempt = 0"), "t");
}

TEST_F(LeaseClaim, OfAnOwnerWhoGaveThePartAndGotItBackIsLost) {
    const auto held = shown();
    given_away();
    owner.plan({{0}});
    ASSERT_EQ(other.give({{0}}), (parts{{0}}));
    EXPECT_GT(lease_of(owner).term.value, own.term.value);
    EXPECT_EQ(owner.end_by_lease(held), ack_result::lost);
    EXPECT_EQ(items(), 1);
}

TEST_F(LeaseClaim, OfAnOwnerWhoWasReapedIsLost) {
    const auto held = shown();
    expire_owner();
    EXPECT_EQ(owner.end_by_lease(held), ack_result::lost);
    EXPECT_EQ(items(), 1);
}

// The acknowledgement holds the lease: whoever ends it comes after.
TEST_F(LeaseClaim, WhoGivesThePartWaitsForAnAcknowledgementOnItsWay) {
    database.needs_postgres("READ COMMITTED");
    const auto held = shown();
    other.plan({{0}});
    std::future<parts> given;
    ack_result result{};
    owner.transact([&](transaction& tx) {
        const std::vector<ack_request> one{{held, row_done{}}};
        result = acknowledge(tx, queue, one).front();
        given = std::async(std::launch::async, [&] {
            connection reaper = database.connect();
            transaction_counters counters;
            return run_locked(reaper, counters, [&](transaction& theirs) {
                mark_doubt(theirs, queue.name, {0});
                return give_leases(theirs, queue.name, owner.id(), {{0}}, giver::reaped);
            });
        });
        EXPECT_TRUE(eventually([&] { return somebody_waits(); }));
        EXPECT_EQ(given.wait_for(0s), std::future_status::timeout);
    });
    EXPECT_EQ(result, ack_result::acknowledged);
    EXPECT_EQ(given.get(), (parts{{0}}));
    EXPECT_EQ(items(), 0);
}

TEST_F(LeaseClaim, AnAcknowledgementWaitsForWhoGivesThePartAndIsLost) {
    database.needs_postgres("READ COMMITTED");
    const auto held = shown();
    other.plan({{0}});
    connection reaper = database.connect();
    transaction_counters counters;
    std::future<ack_result> ended;
    run_locked(reaper, counters, [&](transaction& tx) {
        mark_doubt(tx, queue.name, {0});
        give_leases(tx, queue.name, owner.id(), {{0}}, giver::reaped);
        ended = std::async(std::launch::async, [&] { return owner.end_by_lease(held); });
        EXPECT_TRUE(eventually([&] { return somebody_waits(); }));
    });
    EXPECT_EQ(ended.get(), ack_result::lost);
    EXPECT_EQ(items(), 1);
}

TEST_F(LeaseClaim, TokensRiseAboveWhatAnOwnerWhoIsGoneMayHaveShown) {
    const auto first = shown();
    expire_owner();
    const auto second = on_row(other).at(0);
    EXPECT_EQ(second.held.id, first.held.id);
    EXPECT_GT(second.fence.value, first.fence.value);
    ASSERT_EQ(other.end(second, row_returned{}), ack_result::acknowledged);
    EXPECT_TRUE(other.in_doubt({{0}}) == (parts{{0}})) << "its time is still that from before";
    const auto third = on_row(other).at(0);
    EXPECT_EQ(third.fence.value, second.fence.value + 1);
    ASSERT_EQ(other.end(third), ack_result::acknowledged);
    EXPECT_TRUE(other.in_doubt({{0}}).empty());
}

// An id that is used again, and an item that is put back, while an old run still goes on.
TEST_F(LeaseClaim, ACancelledItemThatIsPutBackHasAnotherToken) {
    const auto first = shown();
    EXPECT_EQ(owner.transact(
                  [&](transaction& tx) { return cancel_item(tx, queue, first.held.id, "asked"); }),
              cancel_result::cancelled);
    EXPECT_EQ(owner.end_by_lease(first), ack_result::lost);
    owner.transact([&](transaction& tx) { redrive_dead(tx, queue, {}, 10); });
    ASSERT_EQ(items(), 1);
    const auto second = owner.see(own, 1).at(0);
    EXPECT_GT(second.fence.value, first.fence.value);
    EXPECT_EQ(owner.end_by_lease(first), ack_result::lost);
    EXPECT_EQ(owner.end_by_lease(second), ack_result::acknowledged);
}

TEST_F(LeaseClaim, AnIdThatIsUsedAgainHasAnotherToken) {
    const new_item again{.payload = "{}", .dedupe = "invoice 7"};
    const auto id = owner.put({again}).at(0).id;
    const auto first = owner.see(own, 1).at(0);
    ASSERT_EQ(owner.end_by_lease(first), ack_result::acknowledged);
    EXPECT_EQ(owner.put({again}).at(0).id, id);
    const auto second = owner.see(own, 1).at(0);
    EXPECT_GT(second.fence.value, first.fence.value);
    EXPECT_EQ(owner.end_by_lease(first), ack_result::lost);
}

TEST_F(LeaseClaim, OfACancelledItemTheRunIsToldAndItsEndIsLost) {
    const auto held = shown();
    const auto asked = [&] {
        return read_hint(owner.on(), [&](transaction& tx) {
            return cancel_asked(tx, queue, {&held, 1}).size();
        });
    };
    EXPECT_EQ(asked(), 0U);
    owner.transact([&](transaction& tx) { (void)cancel_item(tx, queue, held.held.id, "asked"); });
    EXPECT_EQ(asked(), 1U);
    EXPECT_EQ(owner.end_by_lease(held), ack_result::lost);
    EXPECT_EQ(database.count("leasehold.dead_items WHERE reason = 'cancelled'"), 1);
}

TEST_F(LeaseClaim, WhatWasWrittenDownEndsAsIfItWereNot) {
    owner.put({{.payload = "1"}, {.payload = "2"}, {.payload = "3"}});
    const auto held = owner.see(own, 3);
    owner.write_rows({{0}}, held);
    EXPECT_EQ(database.count("leasehold.items_jobs WHERE token = 1 AND attempt = 1 AND claim = '" +
                             to_text(owner.id()) + "'"),
              3);
    EXPECT_EQ(owner.end_by_lease(held[0]), ack_result::acknowledged);
    EXPECT_EQ(owner.end_by_lease(held[1], row_returned{.attempts_given_back = 1}),
              ack_result::acknowledged);
    EXPECT_EQ(owner.end_by_lease(held[2], row_buried{"x"}), ack_result::acknowledged);
    EXPECT_EQ(value("claim IS NULL AND token = 1 AND attempt = 0"), "t");
    EXPECT_EQ(database.count("leasehold.dead_items WHERE token = 1 AND attempt = 1"), 1);
    EXPECT_EQ(broken(), std::vector<std::string>{});
}

TEST_F(LeaseClaim, WithoutTheLeaseNothingIsWrittenDown) {
    const auto held = shown();
    given_away();
    owner.write_rows({{0}}, {held});
    EXPECT_EQ(value("claim IS NULL AND token = 0"), "t");
    EXPECT_TRUE(lease_of(other).way.by_lease) << "another's part is another's to decide on";
}

TEST_F(LeaseClaim, ProgressIsKeptAndOutlivesTheClaim) {
    const auto held = shown();
    const auto note = [&] {
        return owner.transact([&](transaction& tx) {
            return note_progress(tx, queue, held, {.percent = 40, .note = "page 2"});
        });
    };
    EXPECT_EQ(note(), claim_standing::held);
    EXPECT_EQ(note(), claim_standing::held);
    ASSERT_EQ(owner.end_by_lease(held, row_returned{}), ack_result::acknowledged);
    EXPECT_EQ(value("progress || ' ' || note || ' ' || token"), "40 page 2 1");
}

TEST_F(LeaseClaim, ProgressOfAClaimWhoseLeaseWentIsLost) {
    const auto held = shown();
    given_away();
    EXPECT_EQ(owner.transact(
                  [&](transaction& tx) { return note_progress(tx, queue, held, {.percent = 40}); }),
              claim_standing::lost);
    EXPECT_EQ(value("claim IS NULL AND progress IS NULL"), "t");
}

TEST_F(LeaseClaim, NobodyHelpsWhileTheOwnerClaimsByTheLease) {
    const auto held = shown();
    const auto help = [&] {
        return other.transact(
            [&](transaction& tx) { return take_help(tx, queue, other.id(), {0}, 2).has_value(); });
    };
    EXPECT_FALSE(help());
    owner.write_rows({{0}}, {held});
    EXPECT_TRUE(help());
    EXPECT_TRUE(owner.open({{0}}).empty()) << "not while somebody helps";
    EXPECT_TRUE(on_row(other).empty()) << "what is in hand stands on its row";
    other.transact([&](transaction& tx) { end_help(tx, queue, other.id(), {{0}}); });
    EXPECT_EQ(owner.open({{0}}).size(), 1U);
}

TEST_F(LeaseClaim, APartIsInDoubtUntilWhatWasDueWhenItsOwnerEndedIsDone) {
    const auto held = shown();
    expire_owner();
    EXPECT_FALSE(lease_of(other).way.by_lease);
    EXPECT_EQ(other.in_doubt({{0}}), (parts{{0}}));
    other.put({{.payload = "2"}});
    const auto first = on_row(other).at(0);
    EXPECT_EQ(first.held.id, held.held.id);
    EXPECT_TRUE(other.in_doubt({{0}}).empty()) << "it is on its row, and the other came later";
    ASSERT_EQ(other.open({{0}}).size(), 1U);
    EXPECT_EQ(other.see(lease_of(other), 9).size(), 1U);
    EXPECT_EQ(other.end(first), ack_result::acknowledged);
    EXPECT_EQ(database.count("leasehold.parts WHERE doubt_before IS NOT NULL"), 0);
}

// What it held by rows is freed before the doubt is noted: nothing is noted for such an owner.
TEST_F(LeaseClaim, AnOwnerOnRowsLeavesNoDoubt) {
    owner.write_rows({{0}}, {});
    owner.put({{.payload = "{}"}});
    ASSERT_EQ(on_row(owner).size(), 1U);
    expire_owner();
    EXPECT_EQ(database.count("leasehold.parts WHERE doubt_before IS NOT NULL"), 0);
    EXPECT_EQ(value("claim IS NULL AND attempt = 1"), "t");
}

// It kills its worker each time. By the lease no attempt is counted; on rows each is.
TEST_F(LeaseClaim, AnItemThatKillsItsWorkersIsBuriedInTheEnd) {
    shown(2);
    int crashes = 0;
    for (auto* dies = &owner; items() > 0 && crashes < 9; ++crashes) {
        auto* heir = dies == &owner ? &other : &owner;
        heir->plan({{0}});
        ASSERT_EQ(dies->reaped_from({0}), (parts{{0}}));
        if (heir->in_doubt({{0}}).empty()) {
            heir->open({{0}});
        } else {
            ASSERT_EQ(on_row(*heir).size(), 1U);
        }
        dies = heir;
    }
    EXPECT_EQ(database.count("leasehold.dead_items WHERE reason = 'spent'"), 1);
    EXPECT_EQ(crashes, 3) << "two attempts on rows, and one by the lease that nobody counted";
}

TEST_F(LeaseClaim, AKeyedQueueIsRefusedWithItsReason) {
    connection on = database.connect();
    transaction_counters counters;
    const auto refusal = [](const auto& body) -> std::string {
        try {
            body();
        } catch (const std::exception& error) {
            return error.what();
        }
        return "accepted";
    };
    const auto of_creation = refusal([&] {
        database.make_queue(
            {.name = "ordered", .part_count = 1, .keyed = true, .claims = claim_mode::lease});
    });
    EXPECT_NE(of_creation.find("is keyed"), std::string::npos) << of_creation;
    database.make_queue({.name = "ordered", .part_count = 1, .keyed = true});
    const auto of_change =
        refusal([&] { change_queue(on, counters, "ordered", {.claims = std::string{"lease"}}); });
    EXPECT_NE(of_change.find("is keyed"), std::string::npos) << of_change;
    const auto by_hand = refusal([&] {
        database.sql("UPDATE leasehold.queues SET claims = 'lease' WHERE name = 'ordered'");
    });
    EXPECT_NE(by_hand.find("claims_of_a_keyed_queue_are_on_the_row"), std::string::npos);
}

}  // namespace
}  // namespace leasehold
