#include "parts/queue_policy.hpp"

#include <gtest/gtest.h>

#include <stdexcept>

namespace leasehold {
namespace {

using namespace std::chrono_literals;

std::string refusal(const queue_policy& policy) {
    try {
        validated(policy);
    } catch (const std::invalid_argument& error) {
        return error.what();
    }
    return "";
}

TEST(QueuePolicy, WhatIsLeftOutIsFine) { EXPECT_EQ(refusal({}), ""); }

TEST(QueuePolicy, TheEdgesOfEveryRangeAreAccepted) {
    EXPECT_EQ(refusal({.max_attempts = 1,
                       .retry_base = 1ms,
                       .retry_max = 30 * 24h,
                       .strategy = "balanced",
                       .settle = 0ms,
                       .restart_grace = 0ms,
                       .help_delay = 0ms,
                       .helpers_max = 0}),
              "");
    EXPECT_EQ(refusal({.max_attempts = 1000,
                       .settle = 10s,
                       .restart_grace = 1h,
                       .help_delay = 1h,
                       .helpers_max = 64}),
              "");
}

TEST(QueuePolicy, WhatIsBeyondNamesTheSettingItsValueAndItsRange) {
    EXPECT_EQ(refusal({.max_attempts = 0}), "max_attempts is 0; it must be 1 to 1000");
    EXPECT_EQ(refusal({.max_attempts = 1001}), "max_attempts is 1001; it must be 1 to 1000");
    EXPECT_EQ(refusal({.retry_base = 0ms}), "retry_base is 0s; it must be 1ms to 30d");
    EXPECT_EQ(refusal({.retry_max = 31 * 24h}), "retry_max is 31d; it must be 1ms to 30d");
    EXPECT_EQ(refusal({.settle = 10'001ms}), "settle is 10001ms; it must be 0s to 10s");
    EXPECT_EQ(refusal({.restart_grace = 61min}), "restart_grace is 61min; it must be 0s to 1h");
    EXPECT_EQ(refusal({.help_delay = 2h}), "help_delay is 2h; it must be 0s to 1h");
    EXPECT_EQ(refusal({.helpers_max = 65}), "helpers_max is 65; it must be 0 to 64");
    EXPECT_EQ(refusal({.helpers_max = -1}), "helpers_max is -1; it must be 0 to 64");
    EXPECT_EQ(
        refusal({.strategy = "random"}),
        "this build does not know the strategy 'random'; it knows: lexical, sticky, balanced");
}

}  // namespace
}  // namespace leasehold
