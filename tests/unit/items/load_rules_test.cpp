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
    EXPECT_NEAR(decayed_load(8, 5min, 0, 15s), 4, 1e-5);
    EXPECT_NEAR(decayed_load(0, 5min, 8, 15s), 4, 1e-5);
    EXPECT_DOUBLE_EQ(decayed_load(8, 5min, 8, 1s), 8);
}

// Or parts measured for a while would look heavier than others with as much to do.
TEST(Loads, TheFirstMeasureCountsInFullAndTheSecondAsMuchAsTheFirst) {
    EXPECT_DOUBLE_EQ(decayed_load(0, 0s, 8, 1s), 8);
    EXPECT_NEAR(decayed_load(8, 1s, 4, 1s), 6, 0.05);
    EXPECT_NEAR(decayed_load(8, 15s, 0, 15s), 8.0 / 3, 1e-9) << "the older half counts half";
}

// Or a worker that measures seldom would write other loads than one that measures often.
TEST(Loads, ALoadDecaysByTimeNotByTheNumberOfMeasures) {
    for (const milliseconds known_for : {1s, 15s, 300s}) {
        double often = 100;
        for (int i = 0; i < 50; ++i) {
            often = decayed_load(often, known_for + i * 100ms, 10, 100ms);
        }
        EXPECT_NEAR(often, decayed_load(100, known_for, 10, 5s), 1e-9);
    }
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
