#include "items/scan_rules.hpp"

#include <gtest/gtest.h>

namespace leasehold {
namespace {

using namespace std::chrono_literals;

const steady_time first_look{1000s};
const scan_position top{};

struct PartScan : testing::Test {
    part_scan scan;
    steady_time now = first_look;
    scan_position far{.priority = 0, .run_at_us = 7, .id = item_id{random_item_id()}};
    bool more_at_once = false;

    /// A claim that takes `time`.
    scan_position claim(bool full, milliseconds time = 2ms) {
        const auto behind = scan.begin(now);
        const auto began = now;
        now += time;
        more_at_once = scan.claimed(behind, far, full, began, now);
        return behind;
    }
};

TEST_F(PartScan, BeginsAtTheTopAndThenBehindTheLastClaimed) {
    EXPECT_EQ(claim(true), top);
    EXPECT_EQ(claim(true), far);
}

// All that an old snapshot keeps would be walked again, of each part as it becomes empty.
TEST_F(PartScan, AClaimThatGaveTooLittleIsNotFollowedByOneFromTheTop) {
    claim(true);
    EXPECT_EQ(claim(false), far);
    EXPECT_EQ(claim(false), far);
}

TEST_F(PartScan, ItemsThatCameIntoAnEmptyPartAreLookedForFromTheTop) {
    claim(true);
    claim(false);
    scan.came();
    EXPECT_EQ(claim(false), top);
    EXPECT_EQ(claim(false), far);
}

TEST_F(PartScan, ItemsThatCameToABacklogWaitForItsEnd) {
    claim(true);
    scan.came();
    EXPECT_EQ(claim(true), far);
    EXPECT_EQ(claim(false), far);
    EXPECT_TRUE(more_at_once);
    EXPECT_EQ(claim(false), top);
    EXPECT_EQ(claim(false), far);
}

// All that was due is claimed: what comes later, comes behind.
TEST_F(PartScan, AClaimFromTheTopThatGaveTooLittleKeepsThePlace) {
    claim(true);
    claim(false);
    const auto earlier = scan_position{};
    scan.claimed(top, earlier, false, now, now + 1ms);
    EXPECT_EQ(scan.begin(now + 2ms), far);
}

// A claim that was freed, say. The look that saw it puts off the next one from the top.
TEST_F(PartScan, AnItemThatIsSeenBeforeThePlaceIsClaimed) {
    claim(true);
    claim(false);
    now += 1s;
    ASSERT_EQ(scan.begin(now), top);
    scan.looked(top, now, now + 1ms);
    scan.saw({.priority = 0, .run_at_us = 8});
    EXPECT_EQ(claim(false), far) << "it lies behind";
    scan.saw(far);
    EXPECT_EQ(claim(true), top);
    EXPECT_EQ(claim(true), far);
}

TEST_F(PartScan, LooksFromTheTopAgainAfterThirtyTimesAsLongAsThatTook) {
    claim(true, 5ms);
    now += 149ms;
    EXPECT_EQ(scan.begin(now), far);
    now += 1ms;
    EXPECT_EQ(scan.begin(now), top);
    scan.looked(top, now, now + 5ms);
    EXPECT_EQ(scan.begin(now + 154ms), far);
    EXPECT_EQ(scan.begin(now + 155ms), top);
}

// What takes seconds is more likely the network than the walk.
TEST_F(PartScan, HoweverSlowThatWasItLooksFromTheTopTwoSecondsLater) {
    claim(true, 1'200ms);
    const auto looked_at = now;
    EXPECT_EQ(scan.begin(looked_at + 1'999ms), far);
    EXPECT_EQ(scan.begin(looked_at + 2s), top);
}

TEST_F(PartScan, HoweverQuickThatWasItLooksFromTheTopTenTimesASecondAtMost) {
    claim(true, 1ms);
    const auto looked_at = now;
    EXPECT_EQ(scan.begin(looked_at + 99ms), far);
    EXPECT_EQ(scan.begin(looked_at + 100ms), top);
}

// What a claim behind took is no measure of what one from the top takes.
TEST_F(PartScan, AClaimFromBehindPutsNothingOff) {
    claim(true, 5ms);
    EXPECT_EQ(claim(true, 140ms), far);
    scan.looked(far, now, now + 9ms);
    now += 10ms;
    EXPECT_EQ(scan.begin(now), top);
}

TEST_F(PartScan, MoreMayBeHadAtOnceOfAFullPartAndWhereALookFromTheTopIsDue) {
    claim(true);
    EXPECT_TRUE(more_at_once);
    EXPECT_FALSE(scan.any_priority());
    claim(false, 1ms);
    EXPECT_TRUE(more_at_once) << "of another priority";
    EXPECT_TRUE(scan.any_priority());
    claim(false, 1ms);
    EXPECT_FALSE(more_at_once) << "behind there is nothing, and from the top it is too soon";
    claim(false, 200ms);
    EXPECT_TRUE(more_at_once) << "behind there is nothing, but from the top it is time";
    claim(false);
    EXPECT_FALSE(more_at_once) << "that was from the top";
}

TEST(PartScans, GoTheirWaysApart) {
    part_scans scans;
    const std::vector<part_id> parts{{3}, {5}};
    const scan_position far{.priority = 0, .run_at_us = 7};
    for (const auto part : parts) {
        const auto all = scans.wish({}, {.part = part, .claims_max = 4}, first_look);
        EXPECT_FALSE(scans.claimed(all, far, 3, first_look, first_look));
    }
    EXPECT_EQ(scans.begin(parts, first_look), (std::vector{far, far}));
    scans.came({{3}});
    EXPECT_EQ(scans.begin(parts, first_look), (std::vector{top, far}));
    scans.looked(parts, {top, far}, {{.part = {5}, .run_at_us = 6}}, first_look, first_look);
    EXPECT_EQ(scans.begin(parts, first_look), (std::vector{far, top}));
}

TEST(PartScans, AWishFromTheTopHasRoomForWhatIsInHandAndOneThatGoesOnHasNot) {
    part_scans scans;
    const session_id me = random_session_id();
    const part_share share{
        .part = {3}, .claims_max = 4, .base = {9}, .by_lease = epoch{2}, .in_hand = 2};
    const auto first = scans.wish(me, share, first_look);
    EXPECT_EQ(first.session, me);
    EXPECT_EQ(first.part, share.part);
    EXPECT_EQ(first.base, share.base);
    EXPECT_EQ(first.by_lease, share.by_lease);
    EXPECT_EQ(first.behind, top);
    EXPECT_EQ(first.claims_max, 6);

    const scan_position far{.priority = 0, .run_at_us = 7};
    EXPECT_TRUE(scans.claimed(first, far, 6, first_look, first_look)) << "all that was asked for";
    const auto second = scans.wish(me, share, first_look);
    EXPECT_EQ(second.behind, far);
    EXPECT_EQ(second.claims_max, 4);
    EXPECT_FALSE(second.any_priority);
    EXPECT_TRUE(scans.claimed(second, far, 3, first_look, first_look)) << "of other priorities";
    EXPECT_TRUE(scans.wish(me, share, first_look).any_priority);
}

TEST(ScanPosition, TheTopComesBeforeAllThatAServerCanHold) {
    EXPECT_LT(top, (scan_position{.priority = std::numeric_limits<int>::min(),
                                  .run_at_us = -200'000'000'000'000'000}));
}

}  // namespace
}  // namespace leasehold
