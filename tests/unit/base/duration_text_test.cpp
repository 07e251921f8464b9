#include "base/duration_text.hpp"

#include <gtest/gtest.h>

namespace leasehold {
namespace {

using namespace std::chrono_literals;

TEST(DurationText, EveryUnitIsRead) {
    EXPECT_EQ(duration_from("250ms"), 250ms);
    EXPECT_EQ(duration_from("5s"), 5s);
    EXPECT_EQ(duration_from("10min"), 10min);
    EXPECT_EQ(duration_from("10m"), 10min);
    EXPECT_EQ(duration_from("2h"), 2h);
    EXPECT_EQ(duration_from("7d"), 7 * 24h);
    EXPECT_EQ(duration_from("0s"), 0ms);
}

TEST(DurationText, WhatIsNoDurationIsNotRead) {
    for (const char* text : {"", "5", "s", "-5s", "+5s", "5 s", " 5s", "5s ", "1.5h", "5S", "5sec",
                             "1h30min", "0x5s", "99999999999999999999s"}) {
        EXPECT_EQ(duration_from(text), std::nullopt) << text;
    }
}

TEST(DurationText, AHundredYearsIsTheLongest) {
    EXPECT_EQ(duration_from("36500d"), 36'500 * 24h);
    EXPECT_EQ(duration_from("36501d"), std::nullopt);
    EXPECT_EQ(duration_from("9000000000000000h"), std::nullopt);
}

TEST(DurationText, WhatIsWrittenIsTheShortestThatReadsAsTheSame) {
    EXPECT_EQ(duration_text(0ms), "0s");
    EXPECT_EQ(duration_text(1500ms), "1500ms");
    EXPECT_EQ(duration_text(90s), "90s");
    EXPECT_EQ(duration_text(600s), "10min");
    EXPECT_EQ(duration_text(3600s), "1h");
    EXPECT_EQ(duration_text(30 * 24h), "30d");
    for (const auto time : {1ms, 250ms, 61'000ms, 86'400'000ms}) {
        EXPECT_EQ(duration_from(duration_text(time)), time);
    }
}

}  // namespace
}  // namespace leasehold
