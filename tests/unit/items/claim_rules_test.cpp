#include "items/claim_rules.hpp"

#include <gtest/gtest.h>

#include <deque>
#include <string>

namespace leasehold {
namespace {

using namespace std::chrono_literals;

TEST(ClaimOrder, SmallestPriorityFirstThenTheLongestDue) {
    const auto order = claim_order({{{0}, 5, 10}, {{1}, 0, 300}, {{2}, 0, 200}, {{3}, 5, 9}});
    EXPECT_EQ(order, (std::vector<part_id>{{2}, {1}, {3}, {0}}));
}

/// As "0:3 2:1": parts and what they are asked for.
std::string shares(const std::deque<hot_part>& hot, int wanted) {
    std::string text;
    for (const auto& one : shares_of(hot, wanted)) {
        text += (text.empty() ? "" : " ") + std::to_string(one.part.value) + ":" +
                std::to_string(one.claims_max);
    }
    return text;
}

TEST(Shares, PartsOfWhichNothingIsKnownAreAskedForAShareEach) {
    EXPECT_EQ(shares({{{4}}, {{2}}, {{7}}}, 9), "4:3 2:3 7:3");
    EXPECT_EQ(shares({{{4}}, {{2}}, {{7}}}, 10), "4:4 2:3 7:3") << "the more urgent one more";
    EXPECT_EQ(shares({{{4}}, {{2}}, {{7}}}, 2), "4:1 2:1");
}

TEST(Shares, APartThatGaveAllItWasAskedForIsAskedAlone) {
    EXPECT_EQ(shares({{{4}, true}, {{2}}, {{7}, true}}, 9), "4:9");
    EXPECT_EQ(shares({{{2}}, {{4}, true}, {{7}}}, 9), "2:9") << "it comes next";
}

TEST(Shares, ATransactionNamesABoundedNumberOfParts) {
    std::deque<hot_part> hot;
    for (int part = 0; part < 100; ++part) {
        hot.push_back({{part}});
    }
    EXPECT_EQ(shares_of(hot, 1'000).size(), 16U);
}

TEST(HeldBack, AnAnswerStaysBelow16KiB) {
    EXPECT_EQ(claims_held_back(16'384, 0, 1), 128);
    EXPECT_EQ(claims_held_back(16'384, 128, 1), 64);
    EXPECT_EQ(claims_held_back(16'384, 128, 8), 8) << "all parts together";
    EXPECT_EQ(claims_held_back(16'384, 1'000'000, 1), 1) << "one is always asked for";
    EXPECT_EQ(claims_held_back(16'384, 128, 1'024), 1);
}

TEST(Shares, OfNothingAreNone) {
    EXPECT_EQ(shares({}, 5), "");
    EXPECT_EQ(shares({{{1}}}, 0), "");
}

TEST(ClaimsWanted, WithoutAMeasureOnlyTheFreeSlotsAreFilled) {
    EXPECT_EQ(claims_wanted({.slots = 4, .claims_max = 500}), 4);
    EXPECT_EQ(claims_wanted({.slots = 4, .claims_max = 500, .running = 3}), 1);
    EXPECT_EQ(claims_wanted({.slots = 4, .claims_max = 500, .running = 4}), 0);
}

TEST(ClaimsWanted, LongTasksAreNeverHoarded) {
    const work_load load{.slots = 4, .claims_max = 500, .running = 4, .handler_time = 1s};
    EXPECT_EQ(claims_wanted(load), 0);
}

TEST(ClaimsWanted, ShortTasksComeInBatchesWorthATenthOfASecond) {
    const work_load load{.slots = 4, .claims_max = 5000, .running = 4, .handler_time = 1ms};
    EXPECT_EQ(claims_wanted(load), 400);
    work_load half = load;
    half.waiting = 199;
    EXPECT_EQ(claims_wanted(half), 201);
    half.waiting = 200;
    EXPECT_EQ(claims_wanted(half), 0);
}

TEST(ClaimsWanted, LargePayloadsAreNotHoarded) {
    work_load load{.slots = 4, .claims_max = 5000, .handler_time = 1us};
    load.payload_bytes = 1'048'576;
    EXPECT_EQ(claims_wanted(load), 4 + 16);
    load.payload_bytes = 33'554'432;
    EXPECT_EQ(claims_wanted(load), 4);
}

TEST(ClaimsWanted, NeverMoreThanMayBeUnacknowledged) {
    work_load load{.slots = 4, .claims_max = 100, .handler_time = 1us};
    EXPECT_EQ(claims_wanted(load), 100);
    load.unacknowledged = 60;
    EXPECT_EQ(claims_wanted(load), 40);
    load.unacknowledged = 100;
    EXPECT_EQ(claims_wanted(load), 0);
}

const steady_time start{100s};

TEST(ExpectedHandlerTime, IsTheMeasuredOneUntilAllSlotsAreHeldUp) {
    work_load load{
        .slots = 2, .claims_max = 500, .running = 2, .handler_time = 1ms, .last_start = start};
    EXPECT_EQ(expected_handler_time(load, start + 99ms), 1ms);
    EXPECT_EQ(expected_handler_time(load, start + 100ms), 100ms);
    load.handler_time = 150ms;
    EXPECT_EQ(expected_handler_time(load, start + 149ms), 150ms);
    EXPECT_EQ(expected_handler_time(load, start + 10s), 10s);
    load.running = 1;
    EXPECT_EQ(expected_handler_time(load, start + 10s), 150ms) << "a slot is free";
    load.handler_time.reset();
    load.running = 2;
    EXPECT_EQ(expected_handler_time(load, start + 10s), std::nullopt) << "nothing is ahead then";
}

TEST(SlotsToWake, AreTheFreeOnesUnlessQuickHandlersHaveTooLittleForThem) {
    work_load load{.slots = 8, .running = 2, .waiting = 100, .last_start = start};
    EXPECT_EQ(slots_to_wake(load, start), 6) << "nothing is known of the handlers";
    load.handler_time = 1us;
    EXPECT_EQ(slots_to_wake(load, start), 1) << "100 us of work";
    load.handler_time = 5us;
    EXPECT_EQ(slots_to_wake(load, start), 3) << "500 us of work";
    EXPECT_EQ(slots_to_wake(load, start + 5ms), 6) << "none has started lately";
    load.handler_time = 1ms;
    EXPECT_EQ(slots_to_wake(load, start), 6);
    load.waiting = 4;
    EXPECT_EQ(slots_to_wake(load, start), 4);
    load.waiting = 0;
    EXPECT_EQ(slots_to_wake(load, start + 5ms), 0);
    load.running = 9;
    EXPECT_EQ(slots_to_wake(load, start + 5ms), 0) << "claims were released under handlers";
}

// Quick handlers came to an end, and what was claimed for more of their kind takes its time.
TEST(ClaimsHoarded, WhatWasClaimedAheadGoesBackWhenHandlersHang) {
    work_load load{.slots = 4,
                   .claims_max = 5000,
                   .running = 4,
                   .waiting = 400,
                   .handler_time = 1ms,
                   .last_start = start};
    const auto hoarded = [&](milliseconds later) {
        auto now = load;
        now.handler_time = expected_handler_time(load, start + later);
        return claims_hoarded(now, start + later);
    };
    EXPECT_EQ(hoarded(99ms), 0);
    EXPECT_EQ(hoarded(100ms), 396) << "one for each slot is no hoard yet";
    EXPECT_EQ(hoarded(401ms), 400);
    load.running = 3;
    EXPECT_EQ(hoarded(401ms), 0) << "a slot is free";
}

}  // namespace
}  // namespace leasehold
