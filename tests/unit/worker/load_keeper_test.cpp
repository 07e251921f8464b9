#include "worker/load_keeper.hpp"

#include "tests/support/fake_clock.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <string>

namespace leasehold {
namespace {

using namespace std::chrono_literals;

/// A database that remembers loads and has backlogs as a test says.
class fake_loads final : public load_calls {
public:
    std::map<part_id, double> written{};
    std::map<part_id, std::int64_t> waiting{};
    bool is_away = false;
    int writes = 0;
    int looks = 0;
    std::int64_t asked_most = 0;

    std::vector<part_load> read(const session_id&, const std::vector<part_id>& parts) override {
        std::vector<part_load> found;
        for (const auto part : parts) {
            found.push_back({part, written[part]});
        }
        return found;
    }
    std::vector<part_backlog> backlogs(const std::vector<part_id>& parts,
                                       std::int64_t most) override {
        ++looks;
        asked_most = most;
        std::vector<part_backlog> found;
        for (const auto part : parts) {
            found.push_back({part, std::min(waiting[part], most)});
        }
        return found;
    }
    void write(const session_id&, const std::vector<part_load>& loads) override {
        ++writes;
        if (is_away) {
            throw sql_failure{sql_failure_kind::reconnect, "08006", "the server is away"};
        }
        for (const auto& one : loads) {
            written[one.part] = one.load;
        }
    }
};

struct LoadKeeper : testing::Test {
    test::fake_clock time;
    fake_loads calls;
    claim_book book{4, 100};
    work_counters counters;
    session_id me{random_session_id()};
    load_keeper keeper{5s, calls, book, counters, time};

    void SetUp() override {
        book.begin(me);
        book.grant(me, {{{1}, {1}}, {{2}, {1}}});
        keeper.told({.strategy = "balanced", .part_count = 8});
        keeper.tick();
    }
    void work(int part, int runs) {
        for (int i = 0; i < runs; ++i) {
            counters.count_work({part});
        }
    }
    void wait() {
        time.advance(5s);
        keeper.tick();
    }
};

TEST_F(LoadKeeper, WritesDownWhatItsPartsAskFor) {
    work(1, 500);
    calls.waiting[{1}] = 100;
    wait();
    EXPECT_NEAR(calls.written[{1}], 120, 1e-9);
    EXPECT_EQ(calls.written[{2}], 0);
    EXPECT_EQ(calls.asked_most, 10'000);
}

TEST_F(LoadKeeper, WritesNothingWhileNothingChanges) {
    calls.waiting[{1}] = 100;
    for (int i = 0; i < 40; ++i) {
        wait();
    }
    EXPECT_NEAR(calls.written[{1}], 20, 1.5);
    const int writes = calls.writes;
    wait();
    EXPECT_EQ(calls.writes, writes);
}

TEST_F(LoadKeeper, WorkIsCountedOnce) {
    work(1, 100);
    wait();
    const auto first = calls.written[{1}];
    wait();
    EXPECT_LT(calls.written[{1}], first);
}

TEST_F(LoadKeeper, MeasuresOnlyWhileTheStrategyWeighsParts) {
    keeper.told({.strategy = "sticky", .part_count = 8});
    calls.waiting[{1}] = 100;
    wait();
    wait();
    EXPECT_EQ(calls.looks, 0);
    keeper.told({.strategy = "balanced", .part_count = 8});
    keeper.tick();
    wait();
    EXPECT_EQ(calls.looks, 1);
    EXPECT_GT(calls.written[{1}], 0);
}

TEST_F(LoadKeeper, ANewOwnerGoesOnFromWhatTheOneBeforeWrote) {
    calls.written[{3}] = 80;
    book.grant(me, {{{3}, {1}}});
    work(3, 1'000);  // of a time before it was measured
    wait();
    EXPECT_EQ(calls.written[{3}], 80);
    wait();
    EXPECT_NEAR(calls.written[{3}], 80 * std::exp2(-1.0 / 3), 1e-3);
}

// A plan made of loads that grow while they are measured takes what was on its way for idle.
TEST_F(LoadKeeper, APartThatWasLongOnItsWayWeighsAsMuchAsOneThatStayed) {
    calls.waiting = {{{1}, 100}, {{2}, 100}};
    wait();
    book.vacate(me, {1}, time.now(), {});
    for (int i = 0; i < 6; ++i) {
        wait();
    }
    EXPECT_NEAR(calls.written[{1}], calls.written[{2}], 0.05 * calls.written[{2}]);
}

TEST_F(LoadKeeper, APartThatGoesKeepsItsLoad) {
    calls.waiting[{1}] = 100;
    wait();
    const auto left = calls.written[{1}];
    book.vacate(me, {1}, time.now(), {});
    calls.waiting[{1}] = 0;
    wait();
    EXPECT_EQ(calls.written[{1}], left);
}

TEST_F(LoadKeeper, WhatCouldNotBeWrittenIsWrittenAtTheNextMeasure) {
    calls.waiting[{1}] = 100;
    calls.is_away = true;
    EXPECT_THROW(wait(), sql_failure);
    EXPECT_EQ(calls.written[{1}], 0);
    calls.is_away = false;
    wait();
    EXPECT_NEAR(calls.written[{1}], 20, 1e-9);
}

TEST_F(LoadKeeper, AsksToBeCalledWhenTheNextMeasureIsDue) {
    EXPECT_EQ(keeper.tick(), time.now() + 5s);
    time.advance(2s);
    EXPECT_EQ(keeper.tick(), time.now() + 3s);
}

}  // namespace
}  // namespace leasehold
