#include "worker/bench/figures.hpp"

#include <gtest/gtest.h>

#include <stdexcept>

namespace leasehold::bench {

namespace {

using namespace std::chrono_literals;

const steady_time begin{100s};

/// `count` batches of `items` items, one after each `step`.
std::vector<completion> steps(int count, std::int64_t items, milliseconds step) {
    std::vector<completion> made;
    for (int i = 1; i <= count; ++i) {
        made.push_back({.at = begin + i * step, .items = items});
    }
    return made;
}

round_record whole_round() {
    round_record one{.put_in = 40, .left = 0, .begun = begin, .ended = begin + 2s};
    one.work.completed = steps(20, 2, 100ms);
    for (int i = 0; i < 40; ++i) {
        one.work.handled.push_back(numbered_id(i));
    }
    return one;
}

}  // namespace

TEST(BenchFigures, AQuantileLiesBetweenItsNeighbours) {
    EXPECT_DOUBLE_EQ(quantile({3, 1, 2}, 0.5), 2);
    EXPECT_DOUBLE_EQ(quantile({4, 1, 2, 3}, 0.5), 2.5);
    EXPECT_DOUBLE_EQ(quantile({10, 20}, 0), 10);
    EXPECT_DOUBLE_EQ(quantile({10, 20}, 0.9), 19);
    EXPECT_DOUBLE_EQ(quantile({10, 20}, 1), 20);
    EXPECT_DOUBLE_EQ(quantile({7}, 0.99), 7);
    EXPECT_THROW(quantile({}, 0.5), std::invalid_argument);
}

TEST(BenchFigures, EachTimeAfterTheFirstIsADuplicate) {
    const auto a = numbered_id(1);
    const auto b = numbered_id(2);
    EXPECT_EQ(duplicates_in({}), 0);
    EXPECT_EQ(duplicates_in({a, b}), 0);
    EXPECT_EQ(duplicates_in({a, b, a}), 1);
    EXPECT_EQ(duplicates_in({a, b, a, a, b}), 3);
}

TEST(BenchFigures, ARateIsWhatWasDoneOverTheTimeItTook) {
    auto one = whole_round();
    one.before = {.wal_bytes = 1'000, .cpu_s = 1.0, .worker_cpu_s = 3.0};
    one.after = {.wal_bytes = 5'000, .cpu_s = 1.002, .worker_cpu_s = 3.004};
    const auto made = figures_of(one);
    EXPECT_EQ(made.completed, 40);
    EXPECT_EQ(made.handled, 40);
    EXPECT_EQ(made.duplicates, 0);
    EXPECT_EQ(made.lost(), 0);
    EXPECT_DOUBLE_EQ(made.items_per_s, 20);
    EXPECT_DOUBLE_EQ(made.wal_bytes_per_item.value(), 100);
    EXPECT_NEAR(made.server_cpu_us_per_item.value(), 50, 1e-6);
    EXPECT_NEAR(made.worker_cpu_us_per_item.value(), 100, 1e-6);
}

// What a worker had begun before the limit is done, and not part of the rate.
TEST(BenchFigures, WhatEndsAfterTheTimeLimitCountsAsDoneOnly) {
    auto one = whole_round();
    one.cut = true;
    one.ended = begin + 1s;
    one.put_in = 100;
    one.left = 60;
    const auto made = figures_of(one);
    EXPECT_EQ(made.completed, 40);
    EXPECT_DOUBLE_EQ(made.items_per_s, 20);  // 20 of them in one second
    EXPECT_EQ(made.lost(), 0);
    one.left = 59;
    EXPECT_EQ(figures_of(one).lost(), 1);
}

TEST(BenchFigures, WhatTheServerDoesNotTellIsLeftOut) {
    auto one = whole_round();
    one.before = {.wal_bytes = 1'000};
    const auto made = figures_of(one);
    EXPECT_FALSE(made.wal_bytes_per_item);
    EXPECT_FALSE(made.server_cpu_us_per_item);
    EXPECT_FALSE(made.worker_cpu_us_per_item);
}

TEST(BenchFigures, NothingDoneIsARateOfNought) {
    round_record one{.put_in = 5, .left = 5, .begun = begin, .ended = begin + 3s, .cut = true};
    one.before = {.wal_bytes = 0, .cpu_s = 0};
    one.after = {.wal_bytes = 9, .cpu_s = 9};
    const auto made = figures_of(one);
    EXPECT_DOUBLE_EQ(made.items_per_s, 0);
    EXPECT_FALSE(made.wal_bytes_per_item);
    EXPECT_FALSE(made.first_tenth_per_s);
}

TEST(BenchFigures, ASteadyDrainIsAsFastAtItsEndAsAtItsBeginning) {
    const auto even = steps(100, 10, 10ms);
    EXPECT_NEAR(rate_between(even, begin, 1'000, 0, 0.1).value(), 1'000, 1);
    EXPECT_NEAR(rate_between(even, begin, 1'000, 0.9, 1).value(), 1'000, 1);
}

TEST(BenchFigures, ADrainThatGetsSlowerShowsItInItsLastTenth) {
    auto tiring = steps(90, 10, 10ms);
    for (int i = 1; i <= 10; ++i) {
        tiring.push_back({.at = tiring[89].at + i * 40ms, .items = 10});
    }
    EXPECT_NEAR(rate_between(tiring, begin, 1'000, 0, 0.1).value(), 1'000, 1);
    EXPECT_NEAR(rate_between(tiring, begin, 1'000, 0.9, 1).value(), 250, 1);
    EXPECT_FALSE(rate_between(steps(9, 10, 10ms), begin, 90, 0, 0.1)) << "too few to tell";
}

TEST(BenchFigures, ASpreadLeavesOutRoundsWithoutTheNumber) {
    const std::vector<round_figures> rounds{
        {.items_per_s = 3, .wal_bytes_per_item = 5}, {.items_per_s = 1}, {.items_per_s = 2}};
    const auto rates = spread_of(rounds, &round_figures::items_per_s).value();
    EXPECT_DOUBLE_EQ(rates.median, 2);
    EXPECT_DOUBLE_EQ(rates.least, 1);
    EXPECT_DOUBLE_EQ(rates.most, 3);
    EXPECT_DOUBLE_EQ(spread_of(rounds, &round_figures::wal_bytes_per_item).value().least, 5);
    EXPECT_FALSE(spread_of(rounds, &round_figures::server_cpu_us_per_item));
}

}  // namespace leasehold::bench
