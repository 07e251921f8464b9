// When the runner looks for work: what it was told, and what it found of late.

#include "tests/support/no_help.hpp"
#include "tests/unit/worker/runner_seat.hpp"
#include "worker/runner.hpp"

#include <gtest/gtest.h>

#include <map>
#include <utility>
#include <vector>

namespace leasehold {
namespace {

using namespace std::chrono_literals;

/// Items that wait in parts.
struct few_items final : test::calls_without_help {
    int looks = 0;
    std::vector<std::vector<part_id>> rounds{};  ///< the parts asked, by transaction
    std::map<part_id, int> ready{};
    std::vector<part_id> told_of{};  ///< parts into which items came, as of the last time

    void came(const std::vector<part_id>& parts) override { told_of = parts; }
    std::vector<part_head> due(const std::vector<part_id>& parts) override {
        ++looks;
        std::vector<part_head> heads;
        for (const auto part : parts) {
            if (ready[part] > 0) {
                heads.push_back({part, 0, 0});
            }
        }
        return heads;
    }
    doubtful<claimed> claim_from(const session_id& me,
                                 const std::vector<part_share>& asked) override {
        rounds.emplace_back();
        doubtful<claimed> made;
        for (const auto& share : asked) {
            const auto part = share.part;
            auto wanted = share.claims_max;
            rounds.back().push_back(part);
            for (; ready[part] > 0 && wanted > 0; --ready[part], --wanted) {
                claim one{.session = me, .fence = {1}};
                one.held.id = random_item_id();
                one.held.part = part;
                made.answer.claims.push_back(one);
            }
        }
        return made;
    }
    std::vector<claim> cancel_asked(std::span<const claim>) override { return {}; }
    std::vector<claim> held(const session_id&, const std::vector<part_id>&) override { return {}; }
    doubtful<std::vector<ack_result>> acknowledge(std::span<const ack_request> all) override {
        return {.answer = {all.size(), ack_result::acknowledged}};
    }
    commit_fate fate(const std::string&, std::span<const claim>) override {
        return commit_fate::unknown;
    }
    void wait(milliseconds) override {}
};

/// A worker of two slots that holds the parts 0 and 1 and has looked in vain for a long time.
struct RungRunner : runner_seat {
    static constexpr milliseconds poll{1'000};
    few_items server;
    const queue_info queue{.name = "jobs", .part_count = 4};
    claim_ways ways;
    runner works{server, queue, {.slots = 2, .poll = poll}, sessions, book, ways, counters, events,
                 time,   [] {}};

    RungRunner() : runner_seat({.ttl = 300'000ms}) {}
    void SetUp() override {
        sessions.tick();
        book.grant(*book.session(), {{{0}, {1}}, {{1}, {1}}});
        works.tick();
        EXPECT_EQ(server.looks, 1);
        time.advance(poll / 4);
        works.tick();
        EXPECT_EQ(server.looks, 1) << "and is at rest";
    }
    void work_off_one() {
        const auto one = book.start_next(time.now());
        ASSERT_TRUE(one);
        EXPECT_TRUE(book.finish_acknowledged(*one, time.now()));
        book.forget(one->held);
    }
    /// Turns when a millisecond has passed, again and again: the times of the looks meanwhile.
    std::vector<milliseconds> looks_within(milliseconds span) {
        std::vector<milliseconds> when;
        for (milliseconds at{0}; at < span; at += 1ms) {
            const int before = server.looks;
            works.tick();
            if (server.looks > before) {
                when.push_back(at);
            }
            time.advance(1ms);
        }
        return when;
    }
};

TEST_F(RungRunner, AnItemInAPartOfOursIsClaimedWithoutALook) {
    server.ready[{1}] = 1;
    works.items_came({{1}}, false);
    works.tick();
    EXPECT_EQ(server.looks, 1);
    EXPECT_EQ(server.rounds, (std::vector<std::vector<part_id>>{{{1}}}));
    EXPECT_TRUE(book.has_waiting());
}

TEST_F(RungRunner, TheClaimsAreToldIntoWhichPartsItemsCame) {
    works.items_came({{1}, {2}}, false);
    works.tick();
    EXPECT_EQ(server.told_of, std::vector<part_id>{{1}}) << "part 2 is another's";
    works.items_came({}, true);
    works.tick();
    EXPECT_EQ(server.told_of, (std::vector<part_id>{{0}, {1}})) << "it may be any";
}

TEST_F(RungRunner, WhatComesIntoPartsOfOthersIsTheirs) {
    works.items_came({{2}, {3}}, false);
    works.tick();
    EXPECT_EQ(server.looks, 1);
    EXPECT_TRUE(server.rounds.empty());
}

TEST_F(RungRunner, ItemsAnywhereAreLookedForAtOnce) {
    server.ready[{0}] = 1;
    works.items_came({}, true);
    works.tick();
    EXPECT_GE(server.looks, 2);
    EXPECT_TRUE(book.has_waiting());
}

TEST_F(RungRunner, WhoKeepsLookingInVainWhileOthersAreToldLooksLessAndLess) {
    int looks_before = 0;
    for (int i = 0; i < 300; ++i) {  // three seconds in which others have much to do
        works.items_came({{2}}, true);
        works.tick();
        time.advance(10ms);
        looks_before = i == 99 ? server.looks : looks_before;
    }
    EXPECT_LE(looks_before, 10) << "in the first second";
    EXPECT_LE(server.looks - looks_before, 5) << "in two seconds more";
}

// A queue that leaves rings out says so: then, and only then, is there reason to look.
TEST_F(RungRunner, AfterAnItemThatItWasToldOfItLooksNoSoonerThanBefore) {
    server.ready[{0}] = 1;
    works.items_came({{0}}, false);
    works.tick();
    work_off_one();
    const auto looks = looks_within(5'000ms);
    ASSERT_FALSE(looks.empty());
    EXPECT_GE(looks[0], poll / 4);
    EXPECT_LE(looks[0], poll + 1ms);
    EXPECT_LE(looks.size(), 8U);
}

TEST_F(RungRunner, WhereRingsAreLeftOutTheLooksComeCloselyAndThenAsSeldomAsBefore) {
    server.ready[{0}] = 1;
    works.items_came({{0}}, true);
    works.tick();
    work_off_one();
    const auto looks = looks_within(5'000ms);
    ASSERT_GE(looks.size(), 8U);
    EXPECT_LE(looks[0], 15ms);
    EXPECT_LE(looks[1], 40ms);
    EXPECT_LE(looks.size(), 14U);
    EXPECT_GE(looks.back() - looks[looks.size() - 2], poll * 3 / 4);
}

TEST_F(RungRunner, AfterWorkThatNobodyToldOfTheLooksComeCloselyToo) {
    server.ready[{0}] = 1;
    while (!book.has_waiting()) {
        works.tick();
        time.advance(1ms);
    }
    work_off_one();
    const auto looks = looks_within(500ms);
    ASSERT_GE(looks.size(), 3U);
    EXPECT_LE(looks[0], 15ms);
}

TEST_F(RungRunner, NothingToldAndNothingFoundIsOneLookAPoll) {
    const auto looks = looks_within(10 * poll);
    EXPECT_GE(looks.size(), 8U);
    EXPECT_LE(looks.size(), 14U);
}

// What it has found may be more urgent than what it is told of.
TEST_F(RungRunner, WithWorkAtHandWhatItIsToldWaitsForTheNextLook) {
    server.ready[{0}] = 5;
    works.items_came({{0}}, false);
    works.tick();  // fills both slots
    const auto rounds = server.rounds.size();
    server.ready[{1}] = 1;
    works.items_came({{1}}, false);
    works.tick();
    EXPECT_EQ(server.rounds.size(), rounds);
    EXPECT_EQ(server.looks, 1);
    work_off_one();
    works.tick();
    EXPECT_EQ(server.looks, 2) << "a slot is free: what is most urgent now?";
}

TEST_F(RungRunner, AHintThatComesTooLateIsFollowedByARest) {
    works.items_came({{1}}, false);
    works.tick();
    EXPECT_EQ(server.rounds.size(), 1U);
    EXPECT_EQ(server.looks, 1);
    const auto next = works.tick();
    EXPECT_EQ(server.looks, 1);
    EXPECT_GT(next, time.now());
}

}  // namespace
}  // namespace leasehold
