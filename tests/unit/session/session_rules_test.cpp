#include "session/session_rules.hpp"

#include <gtest/gtest.h>

namespace leasehold {
namespace {

using namespace std::chrono_literals;

// A heartbeat answered late must not buy time.
TEST(TrustWindow, EndsAMarginBeforeTheTtlCountedFromTheSend) {
    const steady_time sent{100s};
    const trust_window window{.sent_at = sent, .ttl = 10s, .margin = 2s};
    EXPECT_TRUE(window.holds(sent + 7999ms));
    EXPECT_FALSE(window.holds(sent + 8000ms));
}

TEST(Heartbeat, ThreeFitIntoATtl) {
    const steady_time sent{5s};
    EXPECT_EQ(next_beat(sent, 9000ms), sent + 3000ms);
}

TEST(Heartbeat, AFailedOneIsTriedAgainSeveralTimesWithinTheTrustThatIsLeft) {
    for (const auto ttl : {1000ms, 10'000ms, 300'000ms}) {
        EXPECT_LT(4 * beat_again_after(ttl), ttl / 2);
    }
}

TEST(Reaper, TheNextInTheRingGoesAtOnceTheOthersLater) {
    EXPECT_TRUE(may_reap(0, 0ms));
    EXPECT_FALSE(may_reap(1, 999ms));
    EXPECT_TRUE(may_reap(1, 1000ms));
    EXPECT_FALSE(may_reap(3, 2999ms));
    EXPECT_TRUE(may_reap(3, 3000ms));
}

}  // namespace
}  // namespace leasehold
