#include "tests/unit/parts/keeper_scene.hpp"

#include <gtest/gtest.h>

namespace leasehold {
namespace {

struct LeaseKeeper : testing::Test {
    test::fake_clock time;
    fake_queue queue;
};

TEST_F(LeaseKeeper, TheOnlySessionTakesEverything) {
    seat one{queue, time};
    one.tick();
    EXPECT_EQ(one.held(), 8U);
    EXPECT_EQ(one.user.open.size(), 8U);
}

TEST_F(LeaseKeeper, SettledItAsksOneQuestionAndLooksAtNothing) {
    seat one{queue, time};
    one.tick();
    one.tick();
    const int looks = one.calls.looks;
    EXPECT_EQ(one.tick(), time.now() + lease_options{}.watch);
    EXPECT_EQ(one.calls.looks, looks);
}

TEST_F(LeaseKeeper, ASecondSessionIsGivenItsHalf) {
    seat one{queue, time};
    one.tick();
    seat two{queue, time};
    two.tick();
    EXPECT_EQ(two.held(), 0U);  // everything is still held: wait
    one.tick();
    EXPECT_EQ(one.held(), 4U);
    EXPECT_EQ(two.held(), 4U) << "from hand to hand";
    two.tick();
    EXPECT_EQ(two.user.open.size(), 4U);
}

TEST_F(LeaseKeeper, OnePlanForAnyNumberOfSessions) {
    seat one{queue, time};
    one.tick();
    seat two{queue, time};
    seat three{queue, time};
    for (auto* each : {&two, &three, &one}) {
        each->tick();
    }
    EXPECT_EQ(one.calls.plans + two.calls.plans + three.calls.plans, 2);
}

TEST_F(LeaseKeeper, APlanThatIsDueLaterIsLookedForWhenItIs) {
    seat one{queue, time};
    one.tick();
    one.tick();
    queue.next_plan_due = 30ms;
    EXPECT_EQ(one.tick(), time.now() + 30ms);
    EXPECT_EQ(one.calls.plans, 1);
    queue.next_plan_due = 0ms;
    one.tick();
    EXPECT_EQ(one.calls.plans, 2);
}

TEST_F(LeaseKeeper, WhoJoinsMakesThePlanForItAtOnce) {
    for (int i = 0; i < 400; ++i) {
        queue.add(random_session_id());
    }
    queue.next_plan_due.reset();
    seat one{queue, time};
    one.leases.tick();
    EXPECT_EQ(one.calls.plans, 1) << "nobody else need be waited for";
}

// All see within one interval that a plan is due; the crowd would get in its own way.
TEST_F(LeaseKeeper, TurnsToPlanAreSpreadOverTwoMillisecondsASession) {
    seat one{queue, time};
    one.leases.tick();
    ASSERT_EQ(one.calls.plans, 1) << "its own";
    for (int i = 0; i < 99; ++i) {
        queue.add(random_session_id());
    }
    const auto now = time.now();
    const auto turn = one.leases.tick();
    if (one.calls.plans == 1) {
        EXPECT_GT(turn, now);
        EXPECT_LE(turn, now + 200ms);
        time.advance(200ms);
        one.leases.tick();
    }
    EXPECT_EQ(one.calls.plans, 2);
}

TEST_F(LeaseKeeper, APartIsNotGivenWhileAClaimIsHeldInIt) {
    seat one{queue, time};
    one.tick();
    one.user.busy = {{0}, {1}, {2}, {3}, {4}, {5}, {6}, {7}};
    seat two{queue, time};
    one.tick();
    EXPECT_EQ(one.held(), 8U);
    EXPECT_EQ(one.user.open.size(), 4U);  // but nothing new is claimed in the planned half
    one.user.busy.clear();
    one.tick();
    EXPECT_EQ(one.held(), 4U);
}

TEST_F(LeaseKeeper, APartThatStaysAfterAllIsWorkedOn) {
    seat one{queue, time};
    one.tick();
    one.user.busy = {{0}, {1}, {2}, {3}, {4}, {5}, {6}, {7}};
    {
        seat two{queue, time};
        one.tick();
        two.leases.leave();
        two.tick();
        EXPECT_TRUE(two.leases.has_left());
    }
    one.tick();
    EXPECT_EQ(one.user.open.size(), 8U);
    EXPECT_EQ(one.held(), 8U);
}

TEST_F(LeaseKeeper, APartThatCouldNotBeGivenAndThenStaysIsGrantedAnew) {
    seat one{queue, time};
    one.tick();
    {
        seat two{queue, time};
        one.calls.cut_off = true;
        EXPECT_THROW(one.tick(), sql_failure);
        EXPECT_EQ(one.user.open.size(), 4U);
        one.calls.cut_off = false;
        two.leases.leave();
        two.tick();
    }
    one.tick();
    EXPECT_EQ(one.held(), 8U);
    EXPECT_EQ(one.user.open.size(), 8U);
}

// Its next owner expired, and nobody has planned anew: somebody has to work there.
TEST_F(LeaseKeeper, APartStaysAtWorkWhileItsNextOwnerDoesNotStand) {
    seat one{queue, time};
    one.tick();
    seat two{queue, time};
    queue.make_plan();
    queue.die(two.id(), -1ms);  // seen so, but not yet overdue
    one.tick();
    EXPECT_EQ(one.held(), 8U);
    EXPECT_EQ(one.user.open.size(), 8U);
}

TEST_F(LeaseKeeper, ItsNeighbourIsReapedAtOnceAndThePartsGoByThePlan) {
    seat one{queue, time};
    seat two{queue, time};
    settle(one, two);
    queue.die(two.id());
    EXPECT_EQ(one.tick(), time.now()) << "another neighbour may have died as well";
    EXPECT_EQ(one.calls.reaps, 1);
    EXPECT_EQ(one.held(), 8U);
    one.tick();
    EXPECT_EQ(one.user.open.size(), 8U);
}

TEST_F(LeaseKeeper, WhoIsFoundByChanceIsReapedASecondLater) {
    seat one{queue, time};
    seat two{queue, time};
    seat three{queue, time};
    std::vector<seat*> ring{&one, &two, &three};
    std::sort(ring.begin(), ring.end(), [](auto* a, auto* b) { return a->id() < b->id(); });
    auto& looker = *ring[2];
    queue.die(ring[0]->id(), 999ms);
    looker.calls.random_found = queue.row(ring[0]->id());
    looker.tick();
    EXPECT_EQ(looker.calls.reaps, 0);
    looker.calls.random_found->overdue = 1'000ms;
    looker.tick();
    EXPECT_EQ(looker.calls.reaps, 1);
}

// Looking again at once, as after a reaping of its own, it would turn without a pause.
TEST_F(LeaseKeeper, WhomAnotherReapsIsLookedAtAgainAtTheNextTurnOnly) {
    seat one{queue, time};
    seat two{queue, time};
    settle(one, two);
    queue.die(two.id());
    one.calls.reaped_elsewhere = true;
    EXPECT_GT(one.tick(), time.now());
    EXPECT_EQ(one.calls.reaps, 1);
    one.calls.reaped_elsewhere = false;
    EXPECT_EQ(one.tick(), time.now());
    EXPECT_EQ(one.calls.reaps, 2);
}

TEST_F(LeaseKeeper, ItDoesNotReapItself) {
    seat one{queue, time};
    queue.die(one.id(), 5s);
    one.tick();
    EXPECT_EQ(one.calls.reaps, 0);
}

TEST_F(LeaseKeeper, LeavingLetsGoOfEverythingAndThenOfTheSeat) {
    seat one{queue, time};
    one.tick();
    one.user.busy = {{3}};
    one.leases.leave();
    one.tick();
    EXPECT_EQ(one.held(), 1U);
    EXPECT_FALSE(one.leases.has_left());
    one.user.busy.clear();
    one.tick();
    EXPECT_TRUE(one.leases.has_left());
    EXPECT_TRUE(queue.sessions.empty());
}

// A settled session looks at its parts anew only when there is another plan.
TEST_F(LeaseKeeper, LeavingASeatThatIsKeptForARestartTakesNoLonger) {
    seat one{queue, time};
    one.tick();
    one.tick();
    queue.seats_are_kept = true;
    one.leases.leave();
    one.tick();
    EXPECT_TRUE(one.leases.has_left());
    EXPECT_TRUE(queue.owners.empty());
}

// Given by somebody who had not yet seen that it leaves.
TEST_F(LeaseKeeper, APartThatComesWhileItLeavesIsLetGoOfAtTheNextTurn) {
    seat one{queue, time};
    one.tick();
    one.calls.leave_is_refused = true;
    one.leases.leave();
    one.tick();
    EXPECT_FALSE(one.leases.has_left());
    ASSERT_EQ(one.held(), 0U);
    queue.owners[part_id{3}] = one.id();
    one.calls.leave_is_refused = false;
    one.tick();
    EXPECT_EQ(one.held(), 0U);
    EXPECT_TRUE(one.leases.has_left());
}

TEST_F(LeaseKeeper, LeavingGivesThePartsToThoseWhoStay) {
    seat one{queue, time};
    one.tick();
    seat two{queue, time};
    one.leases.leave();
    one.tick();
    EXPECT_TRUE(one.leases.has_left());
    EXPECT_EQ(two.held(), 8U);
}

TEST_F(LeaseKeeper, WhatTheOperatorWantsIsToldOnceForEachChange) {
    seat one{queue, time};
    one.tick();
    one.tick();
    ASSERT_EQ(one.user.heard.size(), 1U);
    queue.settings.paused = true;
    one.tick();
    one.tick();
    ASSERT_EQ(one.user.heard.size(), 2U);
    EXPECT_TRUE(one.user.heard.back().paused);
}

// The answer to a take was lost, and the take had worked.
TEST_F(LeaseKeeper, APartTheDatabaseSaysIsMineIsTakenUp) {
    seat one{queue, time};
    for (std::int32_t part = 0; part < 8; ++part) {
        queue.owners[{part}] = one.id();
    }
    one.tick();
    EXPECT_EQ(one.user.open.size(), 8U);
}

// The answer to letting go was lost, and it had worked.
TEST_F(LeaseKeeper, APartTheDatabaseSaysIsFreeIsTakenAnew) {
    seat one{queue, time};
    one.tick();
    queue.owners.erase({5});
    one.user.open.erase({5});
    queue.changed();
    one.tick();
    EXPECT_EQ(one.held(), 8U);
    EXPECT_TRUE(one.user.open.contains({5}));
}

// COMMIT got no answer, and the server was still at work on it when the keeper looked and found all
// as planned.
TEST_F(LeaseKeeper, ALettingGoThatComesToPassAfterAllWasSettledIsSeenWithinATtl) {
    seat one{queue, time};
    one.tick();
    one.tick();
    queue.owners.erase({5});
    time.advance(session_options{}.ttl / 2);
    one.sessions.tick();
    time.advance(session_options{}.ttl / 2 - 2ms);
    one.tick();
    EXPECT_EQ(one.held(), 7U);
    time.advance(2ms);
    one.tick();
    EXPECT_EQ(one.held(), 8U);
}

TEST_F(LeaseKeeper, AChangeOfHandsThatComesToPassAfterAllWasSettledIsUndoneWithinATtl) {
    seat one{queue, time};
    seat two{queue, time};
    settle(one, two);
    const auto planned_for_two =
        std::find_if(queue.owners.begin(), queue.owners.end(),
                     [&](const auto& each) { return each.second == two.id(); });
    planned_for_two->second = one.id();
    time.advance(session_options{}.ttl / 2);
    one.sessions.tick();
    two.sessions.tick();
    time.advance(session_options{}.ttl / 2);
    one.tick();
    two.tick();
    EXPECT_EQ(one.held(), 4U);
    EXPECT_EQ(two.held(), 4U);
}

}  // namespace
}  // namespace leasehold
