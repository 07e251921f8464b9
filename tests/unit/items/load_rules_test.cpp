#include "items/load_rules.hpp"

#include <gtest/gtest.h>

namespace leasehold {
namespace {

using namespace std::chrono_literals;

TEST(Loads, ALoadIsWhatIsDoneASecondAndWhatTheBacklogAsksFor) {
    EXPECT_DOUBLE_EQ(measured_load({.ended = 100, .backlog = 0}, 5s), 20);
    EXPECT_DOUBLE_EQ(measured_load({.ended = 0, .backlog = 100}, 5s), 20);
    EXPECT_DOUBLE_EQ(measured_load({.ended = 1, .backlog = 1}, 500ms), 2.2);
    EXPECT_DOUBLE_EQ(measured_load({}, 1ms), 0);
}

TEST(Loads, HalfOfALoadIsForgottenInFifteenSeconds) {
    EXPECT_DOUBLE_EQ(decayed_load(8, 0, 15s), 4);
    EXPECT_DOUBLE_EQ(decayed_load(0, 8, 15s), 4);
    EXPECT_DOUBLE_EQ(decayed_load(8, 8, 1s), 8);
}

// Or a worker that measures seldom would write other loads than one that measures often.
TEST(Loads, ALoadDecaysByTimeNotByTheNumberOfMeasures) {
    double often = 100;
    for (int i = 0; i < 50; ++i) {
        often = decayed_load(often, 10, 100ms);
    }
    EXPECT_NEAR(often, decayed_load(100, 10, 5s), 1e-9);
}

TEST(Loads, OnlyWhatMayChangeAPlanIsWritten) {
    EXPECT_FALSE(is_worth_writing(100, 100));
    EXPECT_FALSE(is_worth_writing(100, 104));
    EXPECT_FALSE(is_worth_writing(100, 96));
    EXPECT_TRUE(is_worth_writing(100, 106));
    EXPECT_TRUE(is_worth_writing(100, 94));
    EXPECT_FALSE(is_worth_writing(0, 0.005));
    EXPECT_TRUE(is_worth_writing(0, 0.006));
    EXPECT_TRUE(is_worth_writing(0.02, 0));
}

TEST(Loads, AQueueOfManyPartsCountsFewerItemsInEach) {
    EXPECT_EQ(backlog_max(1), 10'000);
    EXPECT_EQ(backlog_max(100), 10'000);
    EXPECT_EQ(backlog_max(1'024), 976);
}

}  // namespace
}  // namespace leasehold
