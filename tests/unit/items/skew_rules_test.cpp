#include "items/skew_rules.hpp"

#include "tests/support/numbered.hpp"

#include <gtest/gtest.h>

namespace leasehold {
namespace {

using test::session;

const session_id one = session(1);
const session_id two = session(2);

/// The first half of the parts is of `one`, the other of `two`.
std::vector<std::optional<session_id>> halves(std::size_t parts) {
    std::vector<std::optional<session_id>> owners(parts, one);
    std::fill(owners.begin() + static_cast<std::ptrdiff_t>(parts / 2), owners.end(), two);
    return owners;
}

TEST(Skew, WithNothingReadyThereIsNone) {
    EXPECT_FALSE(skew_of({0, 0}, halves(2), {{one, 1}, {two, 1}}).has_value());
}

TEST(Skew, EvenItemsLieInTheFullestPartsAsInAllOthers) {
    const std::vector<std::int64_t> ready(40, 7);
    const auto skew = skew_of(ready, halves(40), {{one, 1}, {two, 1}});
    ASSERT_TRUE(skew.has_value());
    EXPECT_EQ(skew->parts, 2);
    EXPECT_DOUBLE_EQ(skew->share, 0.05);
    EXPECT_DOUBLE_EQ(skew->even, 0.05);
    EXPECT_DOUBLE_EQ(skew->busiest_session.value_or(0), 1.0);
}

TEST(Skew, NinetyPercentInATwentiethOfThePartsIsSeenWhereverTheyLie) {
    std::vector<std::int64_t> ready(40, 0);
    ready[3] = 450;
    ready[17] = 450;
    ready[39] = 100;
    const auto skew = skew_of(ready, halves(40), {{one, 1}, {two, 1}});
    ASSERT_TRUE(skew.has_value());
    EXPECT_DOUBLE_EQ(skew->share, 0.9);
    EXPECT_DOUBLE_EQ(skew->busiest_session.value_or(0), 1.8);
}

TEST(Skew, ATwentiethIsRoundedUp) {
    const auto skew = skew_of(std::vector<std::int64_t>(64, 1), halves(64), {});
    ASSERT_TRUE(skew.has_value());
    EXPECT_EQ(skew->parts, 4);
    EXPECT_EQ(skew_of({5}, {one}, {{one, 1}})->parts, 1);
}

TEST(Skew, ASessionThatWeighsMoreMayHaveMore) {
    std::vector<std::int64_t> ready(40, 1);
    std::fill_n(ready.begin(), 20, 3);
    EXPECT_DOUBLE_EQ(*skew_of(ready, halves(40), {{one, 3}, {two, 1}})->busiest_session, 1.0);
}

TEST(Skew, ASessionThatOwnsNothingLowersTheMean) {
    const std::vector<std::int64_t> ready(40, 1);
    const auto skew = skew_of(ready, halves(40), {{one, 1}, {two, 1}, {session(3), 1}});
    EXPECT_DOUBLE_EQ(*skew->busiest_session, 1.5);
}

TEST(Skew, WhereNoSessionOwnsPartsNoneIsTheBusiest) {
    EXPECT_FALSE(skew_of({4, 4}, {std::nullopt, std::nullopt}, {})->busiest_session.has_value());
    EXPECT_FALSE(skew_of({0, 4}, halves(2), {{one, 1}})->busiest_session.has_value());
}

}  // namespace
}  // namespace leasehold
