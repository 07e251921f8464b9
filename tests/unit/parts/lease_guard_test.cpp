// What the keeper makes of its neighbour's guard.

#include "tests/unit/parts/keeper_scene.hpp"

#include <gtest/gtest.h>

namespace leasehold {
namespace {

struct LeaseGuard : testing::Test {
    test::fake_clock time;
    fake_queue queue;
    seat one{queue, time};
    seat two{queue, time};

    void SetUp() override {
        for (int i = 0; i < 3; ++i) {
            one.tick();
            two.tick();
        }
        EXPECT_EQ(one.held(), 4U);
        see(true);
        one.tick();
    }
    /// What `one` sees of its neighbour.
    void see(bool is_held) {
        one.calls.guard = guard_look{.of = two.id(), .guard = 7, .is_held = is_held, .over = 1};
    }
};

TEST_F(LeaseGuard, ANeighbourWhoseGuardStaysFreeIsEndedLongBeforeItsTtl) {
    see(false);
    EXPECT_EQ(one.tick(), time.now() + guard_patience) << "and not only at the next watch";
    EXPECT_EQ(one.calls.expired_early, 0);
    time.advance(guard_patience);
    one.tick();
    EXPECT_EQ(one.calls.expired_early, 1);
    EXPECT_EQ(one.calls.reaps, 1);
    one.tick();
    EXPECT_EQ(one.held(), 8U);
}

TEST_F(LeaseGuard, ANeighbourThatShowsItselfAgainKeepsItsParts) {
    see(false);
    one.tick();
    time.advance(guard_patience / 2);
    see(true);
    one.tick();
    time.advance(guard_patience);
    one.tick();
    EXPECT_EQ(one.calls.expired_early, 0);
    EXPECT_EQ(one.held(), 4U);
}

TEST_F(LeaseGuard, WhoIsExpiredAnywayIsReapedWithoutMoreAdo) {
    see(false);
    one.tick();
    time.advance(guard_patience);
    queue.die(two.id());
    one.tick();
    EXPECT_EQ(one.calls.expired_early, 0);
    EXPECT_EQ(one.calls.reaps, 1);
}

}  // namespace
}  // namespace leasehold
