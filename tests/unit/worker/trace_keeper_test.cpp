#include "worker/trace_keeper.hpp"

#include "sql/sql_failure.hpp"
#include "tests/support/fake_clock.hpp"

#include <gtest/gtest.h>

namespace leasehold {
namespace {

using namespace std::chrono_literals;

struct TraceKeeper : testing::Test {
    test::fake_clock time;
    int looks = 0;
    int batches_left = 0;
    bool is_away = false;
    trace_keeper keeper{[this] {
                            ++looks;
                            if (is_away) {
                                throw sql_failure{sql_failure_kind::reconnect, "08006", "away"};
                            }
                            return batches_left > 0 && --batches_left > 0;
                        },
                        10min, time};

    /// Waits until the keeper wants to be called. @return for how long that was
    milliseconds wait_for_turn() {
        const auto wait = std::chrono::duration_cast<milliseconds>(keeper.tick() - time.now());
        time.advance(wait + 1ms);
        return wait;
    }
};

TEST_F(TraceKeeper, LooksNowAndThenAndNotAtOnce) {
    for (int turn = 0; turn < 5; ++turn) {
        EXPECT_EQ(looks, turn);
        const auto wait = wait_for_turn();
        EXPECT_GE(wait, 5min);
        EXPECT_LE(wait, 15min);
        keeper.tick();
    }
}

TEST_F(TraceKeeper, GoesOnAtOnceWhileThereIsMore) {
    batches_left = 3;
    wait_for_turn();
    EXPECT_LE(wait_for_turn(), 0s);
    EXPECT_LE(wait_for_turn(), 0s);
    EXPECT_GE(wait_for_turn(), 5min) << "that was all";
    EXPECT_EQ(looks, 3);
}

TEST_F(TraceKeeper, WhatFailsIsNotTriedAtOnceAgain) {
    is_away = true;
    wait_for_turn();
    EXPECT_THROW(keeper.tick(), sql_failure);
    EXPECT_GE(wait_for_turn(), 5min);
    EXPECT_EQ(looks, 1);
}

}  // namespace
}  // namespace leasehold
