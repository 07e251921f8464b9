#include "base/backoff.hpp"

#include <gtest/gtest.h>

namespace leasehold {
namespace {

using namespace std::chrono_literals;

TEST(FullJitter, BoundDoublesWithEachAttemptUpToTheLongest) {
    const double nearly_one = 0.999999;
    EXPECT_EQ(full_jitter(1000ms, 60s, 1, nearly_one), 999ms);
    EXPECT_EQ(full_jitter(1000ms, 60s, 2, nearly_one), 1999ms);
    EXPECT_EQ(full_jitter(1000ms, 60s, 6, nearly_one), 31999ms);
    EXPECT_EQ(full_jitter(1000ms, 60s, 7, nearly_one), 59999ms);
    EXPECT_EQ(full_jitter(1000ms, 60s, 1000, nearly_one), 59999ms);
}

TEST(FullJitter, WaitsBetweenNothingAndTheBound) {
    EXPECT_EQ(full_jitter(1000ms, 60s, 3, 0.0), 0ms);
    EXPECT_EQ(full_jitter(1000ms, 60s, 3, 0.5), 2000ms);
}

}  // namespace
}  // namespace leasehold
