#include "items/ack_rules.hpp"

#include <gtest/gtest.h>

namespace leasehold {
namespace {

using namespace std::chrono_literals;

item at_attempt(int attempt) { return {.attempt = attempt, .max_attempts = 3}; }
const retry_policy policy{.base = 1000ms, .max = 60s};

TEST(AckRules, ARetryWaitsByThePolicyOrItsOwnDelay) {
    const auto by_policy = std::get<row_returned>(decided(retry{"x"}, at_attempt(2), policy, 0.5));
    EXPECT_EQ(by_policy.delay, 1000ms);
    EXPECT_EQ(by_policy.attempts_given_back, 0);
    EXPECT_EQ(by_policy.error, "x");
    const auto own = std::get<row_returned>(decided(retry{"x", 7ms}, at_attempt(2), policy, 0.5));
    EXPECT_EQ(own.delay, 7ms);
}

TEST(AckRules, TheLastAttemptsRetryIsABurial) {
    EXPECT_TRUE(
        std::holds_alternative<row_returned>(decided(retry{"x"}, at_attempt(2), policy, 0)));
    const auto last = decided(retry{"why"}, at_attempt(3), policy, 0);
    EXPECT_EQ(std::get<row_buried>(last).error, "why");
}

TEST(AckRules, SnoozeAndReleaseCountNoAttempt) {
    const auto snoozed = std::get<row_returned>(decided(snooze{5s}, at_attempt(3), policy, 0));
    EXPECT_EQ(snoozed.attempts_given_back, 1);
    EXPECT_EQ(snoozed.delay, 5s);
    const auto released = std::get<row_returned>(decided(release{}, at_attempt(3), policy, 0));
    EXPECT_EQ(released.attempts_given_back, 1);
    EXPECT_FALSE(released.delay);
    EXPECT_FALSE(released.error);
}

// A delay that the server cannot add to its clock would fail the whole batch, for ever.
TEST(AckRules, DelaysAreBounded) {
    const auto longest = std::chrono::hours{24 * 3'650};
    const auto far = decided(snooze{milliseconds::max()}, at_attempt(1), policy, 0);
    EXPECT_EQ(std::get<row_returned>(far).delay, longest);
    const auto past = decided(retry{"x", milliseconds{-5}}, at_attempt(1), policy, 0);
    EXPECT_EQ(std::get<row_returned>(past).delay, 0ms);
}

TEST(AckRules, ErrorsAreMadeStorable) {
    const std::string endless(10'000, 'e');
    const auto buried = std::get<row_buried>(decided(bury{endless}, at_attempt(1), policy, 0));
    EXPECT_EQ(buried.error.size(), 4000U);
    const auto odd = std::get<row_buried>(decided(bury{"\xff"}, at_attempt(1), policy, 0));
    EXPECT_EQ(odd.error, "?");
}

}  // namespace
}  // namespace leasehold
