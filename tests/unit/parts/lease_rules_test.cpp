#include "parts/lease_rules.hpp"

#include <gtest/gtest.h>

namespace leasehold {
namespace {

const session_id me = random_session_id();
const session_id other = random_session_id();
constexpr auto nobody = std::nullopt;

lease_step step_of(std::optional<session_id> owner, std::optional<session_id> planned_for,
                   bool planned_is_live, seat_state seat = seat_state::staying) {
    return next_step({.part = {0},
                      .owner = owner,
                      .planned_for = planned_for,
                      .planned_is_live = planned_is_live},
                     me, seat);
}

TEST(LeaseStep, FollowsThePlan) {
    EXPECT_EQ(step_of(me, me, true), lease_step::keep);
    EXPECT_EQ(step_of(nobody, me, true), lease_step::take);
    EXPECT_EQ(step_of(other, me, true), lease_step::wait);
    EXPECT_EQ(step_of(me, other, true), lease_step::give);
    EXPECT_EQ(step_of(other, other, true), lease_step::ignore);
    EXPECT_EQ(step_of(nobody, other, true), lease_step::ignore);
    EXPECT_EQ(step_of(me, nobody, false), lease_step::let_go);
    EXPECT_EQ(step_of(nobody, nobody, false), lease_step::ignore);
}

TEST(LeaseStep, APartIsKeptAtWorkUntilItsNextOwnerIsThere) {
    EXPECT_EQ(step_of(me, other, false), lease_step::keep);
}

TEST(LeaseStep, WhoLeavesTakesNothingAndKeepsNothing) {
    const auto leaving = seat_state::leaving;
    EXPECT_EQ(step_of(me, me, false, leaving), lease_step::let_go);
    EXPECT_EQ(step_of(me, nobody, false, leaving), lease_step::let_go);
    EXPECT_EQ(step_of(me, other, false, leaving), lease_step::let_go);
    EXPECT_EQ(step_of(me, other, true, leaving), lease_step::give);
    EXPECT_EQ(step_of(nobody, me, false, leaving), lease_step::ignore);
    EXPECT_EQ(step_of(other, me, false, leaving), lease_step::ignore);
}

}  // namespace
}  // namespace leasehold
