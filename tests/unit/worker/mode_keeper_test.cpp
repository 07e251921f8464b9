// Who claims how: claim_ways remembers it, mode_keeper changes it.

#include "worker/mode_keeper.hpp"

#include "tests/support/no_help.hpp"
#include "tests/unit/worker/runner_seat.hpp"
#include "worker/runner.hpp"

#include <gtest/gtest.h>

#include <map>
#include <optional>
#include <set>

namespace leasehold {
namespace {

using namespace std::chrono_literals;
using parts = std::vector<part_id>;

lease leased(int part, int term, bool by_lease, std::int64_t base = 0) {
    return {.part = {part}, .term = {term}, .way = {.by_lease = by_lease, .base = {base}}};
}

TEST(ClaimWays, ArePartByPart) {
    claim_ways ways;
    EXPECT_EQ(ways.of({3}).way, claim_way{}) << "of what was never noted: on rows";
    ways.note({leased(0, 1, true, 5), leased(1, 1, false)});
    EXPECT_EQ(ways.those(claim_mode::lease, {{0}, {1}, {2}}), (parts{{0}}));
    EXPECT_EQ(ways.those(claim_mode::row, {{0}, {1}, {2}}), (parts{{1}, {2}}));
    ways.leave_leases({{0}});
    EXPECT_EQ(ways.those(claim_mode::lease, {{0}, {1}}), parts{});
    EXPECT_EQ(ways.of({0}).way.base.value, 5) << "tokens go on above what was shown";
}

// An answer that comes late is about a lease that is over.
TEST(ClaimWays, OfAnEarlierTermChangeNothing) {
    claim_ways ways;
    ways.note({leased(0, 4, false)});
    ways.note({leased(0, 3, true)});
    EXPECT_FALSE(ways.of({0}).way.by_lease);
    EXPECT_EQ(ways.of({0}).term.value, 4);
}

TEST(ClaimWays, SayThatTheyChanged) {
    claim_ways ways;
    const auto before = ways.changes();
    ways.note({leased(0, 1, true)});
    EXPECT_GT(ways.changes(), before);
}

/// One part of a queue whose items are on rows or not; a change of that may get no answer.
struct moody_server final : test::calls_without_help {
    bool by_lease = false;
    bool in_doubt = false;  ///< what an owner who is gone had in hand
    int answers_lost = 0;
    int asked = 0;
    std::vector<claim> written{};
    std::vector<item_id> ready{};
    std::set<item_id> on_rows{};
    std::vector<claim> ended{};

    void answer() {
        if (answers_lost > 0) {
            --answers_lost;
            throw sql_failure{sql_failure_kind::in_doubt, "08006", "gone"};
        }
    }
    std::vector<lease> claim_by_lease(const session_id&, const parts&) override {
        ++asked;
        if (in_doubt) {
            return {};
        }
        by_lease = true;
        answer();
        return {leased(0, 1, true)};
    }
    void claim_by_row(const session_id&, const parts&, std::span<const claim> in_hand) override {
        ++asked;
        by_lease = false;
        written.assign(in_hand.begin(), in_hand.end());
        answer();
    }
    std::vector<part_head> due(const parts&) override {
        return ready.size() > on_rows.size() ? std::vector<part_head>{{.part = {0}}}
                                             : std::vector<part_head>{};
    }
    doubtful<claimed> claim_from(const session_id& me,
                                 const std::vector<part_share>& asked_for) override {
        doubtful<claimed> made;
        for (const auto& share : asked_for) {
            int left = share.claims_max + share.in_hand;
            for (const auto& id : ready) {
                if (left == 0 || on_rows.contains(id)) {
                    continue;
                }
                --left;
                claim one{.session = me, .fence = {1}};
                one.held.id = id;
                if (share.by_lease) {
                    one.by_lease = lease_claim{.term = *share.by_lease};
                } else {
                    on_rows.insert(id);
                }
                made.answer.claims.push_back(one);
            }
        }
        return made;
    }
    doubtful<std::vector<ack_result>> acknowledge(std::span<const ack_request> requests) override {
        for (const auto& one : requests) {
            ended.push_back(one.held);
        }
        return {.answer = std::vector(requests.size(), ack_result::acknowledged)};
    }
    std::vector<claim> cancel_asked(std::span<const claim>) override { return {}; }
    std::vector<claim> held(const session_id&, const parts&) override { return {}; }
    commit_fate fate(const std::string&, std::span<const claim>) override {
        return commit_fate::unknown;
    }
    void wait(milliseconds) override {}
};

struct ModeKeeper : runner_seat {
    moody_server server;
    queue_settings settings{.claims = claim_mode::lease};
    claim_ways ways;
    mode_keeper keeper{server, settings, book, ways, time};
    session_id me{};

    void SetUp() override {
        sessions.tick();
        me = *book.session();
        ways.note({leased(0, 1, false)});
        book.grant(me, {leased(0, 1, false)});
    }
    bool by_lease() const { return ways.of({0}).way.by_lease; }
    claim in_hand() const {
        claim one{.session = me, .fence = {1}, .by_lease = lease_claim{.term = {1}}};
        one.held.id = random_item_id();
        return one;
    }
};

TEST_F(ModeKeeper, OpensItsPartsAndLeavesThemInPeace) {
    keeper.tick(me, {});
    EXPECT_TRUE(by_lease());
    const auto asked = server.asked;
    keeper.tick(me, {});
    time.advance(10s);
    keeper.tick(me, {});
    EXPECT_EQ(server.asked, asked);
}

TEST_F(ModeKeeper, LooksNowAndThenWhileSomethingIsInDoubt) {
    server.in_doubt = true;
    const auto again = keeper.tick(me, {});
    EXPECT_FALSE(by_lease());
    EXPECT_EQ(again, time.now() + 500ms);
    keeper.tick(me, {});
    EXPECT_EQ(server.asked, 1);
    server.in_doubt = false;
    time.advance(500ms);
    keeper.tick(me, {});
    EXPECT_TRUE(by_lease());
}

TEST_F(ModeKeeper, LeavesPartsAloneForWhichHelpIsAsked) {
    keeper.tick(me, {{0}});
    EXPECT_EQ(server.asked, 0);
    EXPECT_FALSE(by_lease());
}

TEST_F(ModeKeeper, WritesDownWhatHandlersHaveSeenAndForgetsTheRest) {
    keeper.tick(me, {});
    const auto runs = in_hand();
    const auto done = in_hand();
    const auto waits = in_hand();
    book.add({runs, done, waits});
    const auto first = book.start_next(time.now());
    const auto second = book.start_next(time.now());
    ASSERT_TRUE(book.finish(*second, complete{}, time.now()));
    EXPECT_TRUE(keeper.use_rows(me, {{0}}));
    EXPECT_FALSE(by_lease());
    std::set<item_id> written;
    for (const auto& one : server.written) {
        written.insert(one.held.id);
    }
    EXPECT_EQ(written, (std::set<item_id>{runs.held.id, done.held.id}));
    EXPECT_FALSE(book.has_waiting());
    EXPECT_FALSE(keeper.use_rows(me, {{0}})) << "they are on rows already";
}

TEST_F(ModeKeeper, GoesOverToRowsWhenTheQueueSaysSo) {
    keeper.tick(me, {});
    settings.claims = claim_mode::row;
    time.advance(500ms);
    keeper.tick(me, {});
    EXPECT_FALSE(by_lease());
    EXPECT_FALSE(server.by_lease);
}

// Whether the database took it is not known: until it is, nothing may be claimed.
TEST_F(ModeKeeper, AChangeWithoutAnAnswerIsMadeSureOfBeforeAnythingElse) {
    keeper.tick(me, {});
    server.answers_lost = 2;
    EXPECT_THROW(keeper.use_rows(me, {{0}}), sql_failure);
    EXPECT_THROW(keeper.tick(me, {}), sql_failure);
    EXPECT_EQ(server.answers_lost, 0);
    keeper.tick(me, {{0}});  // where help is wanted, so that it stays as it is
    EXPECT_FALSE(server.by_lease);
    EXPECT_FALSE(by_lease());
}

TEST_F(ModeKeeper, AnOpeningWithoutAnAnswerIsTakenBackAndTriedAgain) {
    server.answers_lost = 1;
    EXPECT_THROW(keeper.tick(me, {}), sql_failure);
    EXPECT_TRUE(server.by_lease);
    keeper.tick(me, {{0}});
    EXPECT_FALSE(server.by_lease) << "others may help again";
    time.advance(500ms);
    keeper.tick(me, {});
    EXPECT_TRUE(server.by_lease);
    EXPECT_TRUE(by_lease());
}

// What waited for a slot by the lease comes again on its row, under the token it had before.
TEST_F(ModeKeeper, WhatWaitedIsClaimedOnItsRowAndRunsThere) {
    const queue_info queue{.name = "jobs", .part_count = 1, .claims = claim_mode::lease};
    runner works{server, queue, {}, sessions, book, ways, counters, events, time, [] {}};
    for (int i = 0; i < 5; ++i) {
        server.ready.push_back(random_item_id());
    }
    works.tick();
    ASSERT_TRUE(by_lease());
    ASSERT_TRUE(book.has_waiting());
    EXPECT_TRUE(server.on_rows.empty());
    works.told({.claims = claim_mode::row});
    time.advance(500ms);
    works.tick();
    ASSERT_FALSE(by_lease());
    time.advance(5s);
    works.tick();
    ASSERT_FALSE(server.on_rows.empty());
    std::size_t known = book.known().size();
    EXPECT_EQ(known, server.on_rows.size()) << "each claim on a row is in the book";
}

}  // namespace
}  // namespace leasehold
