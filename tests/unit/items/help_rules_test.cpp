#include "items/help_rules.hpp"

#include <gtest/gtest.h>

#include <set>

namespace leasehold {
namespace {

using namespace std::chrono_literals;

using parts = std::vector<part_id>;

TEST(HelpAllowed, NotInAPausedOrGrowingQueueNorWhereNobodyMayHelp) {
    EXPECT_TRUE(help_allowed({.helpers_max = 1}));
    EXPECT_FALSE(help_allowed({.paused = true, .helpers_max = 1}));
    EXPECT_FALSE(help_allowed({.helpers_max = 0}));
    EXPECT_FALSE(help_allowed({.helpers_max = 1, .growing = true}));
}

TEST(SlotsAreFull, WhenClaimsWaitForThem) {
    EXPECT_FALSE(slots_are_full({.slots = 3, .running = 1, .waiting = 1}));
    EXPECT_TRUE(slots_are_full({.slots = 3, .running = 1, .waiting = 2}));
    EXPECT_TRUE(slots_are_full({.slots = 3, .running = 3}));
}

TEST(FreeSlots, AreThoseThatNothingClaimedIsMeantFor) {
    work_load load{.slots = 4, .claims_max = 100, .running = 1, .waiting = 1};
    load.handler_time = 1us;  // which an owner would claim ahead for
    EXPECT_EQ(free_slots(load), 2);
    load.waiting = 9;
    EXPECT_EQ(free_slots(load), 0);
    load = {.slots = 4, .claims_max = 5, .unacknowledged = 3};
    EXPECT_EQ(free_slots(load), 2);
}

TEST(NeededHelp, IsWhereAnItemHasWaitedForTheDelay) {
    const auto need = needed_help({{{3}, 50ms}, {{1}, 49'999us}, {{2}, 2s}}, 50ms);
    EXPECT_EQ(need.parts, (parts{{2}, {3}}));
    EXPECT_EQ(need.more_after, 1us);
}

TEST(NeededHelp, NothingMoreToComeWhenAllHaveWaited) {
    const auto need = needed_help({{{3}, 50ms}}, 50ms);
    EXPECT_EQ(need.more_after, std::nullopt);
    EXPECT_TRUE(needed_help({}, 50ms).parts.empty());
}

TEST(NeededHelp, OfManyPartsTheLongestWaiting) {
    std::vector<part_wait> waits;
    for (int i = 0; i < 100; ++i) {
        waits.push_back({{i}, std::chrono::seconds{i}});
    }
    const auto need = needed_help(waits, 1ms);
    ASSERT_EQ(need.parts.size(), help_parts_max);
    EXPECT_EQ(need.parts.front(), part_id{100 - static_cast<int>(help_parts_max)});
    EXPECT_EQ(need.parts.back(), part_id{99});
}

TEST(HandlersAreQuick, OnlyWhenTheyAreKnownToBe) {
    EXPECT_FALSE(handlers_are_quick({}, 1s));
    EXPECT_TRUE(handlers_are_quick({.handler_time = 2'999us}, 0us));
    EXPECT_FALSE(handlers_are_quick({.handler_time = 3ms}, 0us));
}

TEST(HandlersAreQuick, WhenTwoClaimsTakeLonger) {
    EXPECT_TRUE(handlers_are_quick({.handler_time = 39'999us}, 20ms));
    EXPECT_FALSE(handlers_are_quick({.handler_time = 40ms}, 20ms));
}

TEST(FirstLook, ComesAtOnceUnlessHandlersEndSooner) {
    EXPECT_EQ(first_look_after({}, 50ms), 0ms);
    EXPECT_EQ(first_look_after({.handler_time = 49'999us}, 50ms), 50ms);
    EXPECT_EQ(first_look_after({.handler_time = 50ms}, 50ms), 0ms);
}

TEST(NextLook, ComesLaterAndLaterWhileThePictureIsTheSame) {
    const auto asking = [](std::optional<milliseconds> before, bool same) {
        return next_look_after(before, same, true, 50ms, 250ms);
    };
    EXPECT_EQ(asking({}, false), 50ms);
    EXPECT_EQ(asking({}, true), 50ms);
    EXPECT_EQ(asking(50ms, true), 100ms);
    EXPECT_EQ(asking(499ms, true), 998ms);
    EXPECT_EQ(asking(501ms, true), 1s);
    EXPECT_EQ(asking(1s, false), 50ms);
}

TEST(NextLook, KeepsToThePollWhileNothingIsAskedFor) {
    EXPECT_EQ(next_look_after(200ms, true, false, 50ms, 250ms), 250ms);
    EXPECT_EQ(next_look_after(900ms, true, false, 50ms, 60s), 1s);
    EXPECT_EQ(next_look_after({}, false, false, 0ms, 250ms), 10ms);
    EXPECT_EQ(next_look_after({}, false, false, 10s, 250ms), 10s) << "nothing is due sooner";
}

TEST(HelpOrder, KeepsEveryPartOnceWhateverTheBeginning) {
    const parts all{{5}, {2}, {9}};
    for (unsigned round = 0; round < 5; ++round) {
        const auto order = help_order(all, random_session_id(), round);
        EXPECT_EQ((std::set<part_id>{order.begin(), order.end()}),
                  (std::set<part_id>{all.begin(), all.end()}));
    }
    EXPECT_TRUE(help_order({}, random_session_id(), 1).empty());
}

TEST(HelpOrder, BeginsElsewhereForEachSessionAndEachRound) {
    parts all;
    for (int i = 0; i < 10; ++i) {
        all.push_back({i});
    }
    std::set<part_id> of_sessions;
    for (int i = 0; i < 200; ++i) {
        of_sessions.insert(help_order(all, random_session_id(), 0).front());
    }
    EXPECT_EQ(of_sessions.size(), all.size());
    std::set<part_id> of_rounds;
    const auto me = random_session_id();
    for (unsigned round = 0; round < 10; ++round) {
        of_rounds.insert(help_order(all, me, round).front());
    }
    EXPECT_EQ(of_rounds.size(), all.size());
}

}  // namespace
}  // namespace leasehold
