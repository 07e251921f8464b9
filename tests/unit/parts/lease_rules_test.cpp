#include "parts/lease_rules.hpp"

#include <gtest/gtest.h>

namespace leasehold {
namespace {

const session_id me{*uuid_from("10000000-0000-4000-8000-000000000000")};
const session_id other{*uuid_from("20000000-0000-4000-8000-000000000000")};

TEST(LeaseStep, EveryStateHasItsStep) {
    const plan mine{me};
    const plan theirs{other};
    EXPECT_EQ(next_step({{0}, me}, me, mine), lease_step::keep);
    EXPECT_EQ(next_step({{0}, std::nullopt}, me, mine), lease_step::take);
    EXPECT_EQ(next_step({{0}, other}, me, mine), lease_step::wait);
    EXPECT_EQ(next_step({{0}, me}, me, theirs), lease_step::drain);
    EXPECT_EQ(next_step({{0}, other}, me, theirs), lease_step::ignore);
    EXPECT_EQ(next_step({{0}, std::nullopt}, me, theirs), lease_step::ignore);
}

// A worker on its way out is in nobody's plan, and may be the last.
TEST(LeaseStep, WithoutAnySessionInThePlanWhatIsHeldIsLetGo) {
    EXPECT_EQ(next_step({{0}, me}, me, {}), lease_step::drain);
    EXPECT_EQ(next_step({{0}, std::nullopt}, me, {}), lease_step::ignore);
}

}  // namespace
}  // namespace leasehold
