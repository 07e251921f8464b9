#include "tests/unit/parts/plan_scene.hpp"

#include <gtest/gtest.h>

#include <limits>
#include <set>

namespace leasehold {
namespace {

plan_scene balanced(int part_count, std::vector<plan_seat> seats) {
    return {.strategy = "balanced",
            .part_count = part_count,
            .seats = std::move(seats),
            .loads = std::vector<double>(static_cast<std::size_t>(part_count), 10.0)};
}

double load_of(const plan_scene& scene, const session_id& id) {
    double load = 0;
    for (std::size_t part = 0; part < scene.planned.size(); ++part) {
        load += scene.planned[part] == id ? scene.loads[part] : 0.0;
    }
    return load;
}

double total(const plan_scene& scene) {
    double sum = 0;
    for (const double load : scene.loads) {
        sum += load;
    }
    return sum;
}

double heaviest(const plan_scene& scene) {
    return *std::max_element(scene.loads.begin(), scene.loads.end());
}

int runs(const plan_scene& scene) {
    int count = scene.planned.empty() ? 0 : 1;
    for (std::size_t part = 1; part < scene.planned.size(); ++part) {
        count += scene.planned[part] == scene.planned[part - 1] ? 0 : 1;
    }
    return count;
}

int holders(const plan_scene& scene) {
    return static_cast<int>(
        std::set<std::optional<session_id>>(scene.planned.begin(), scene.planned.end()).size());
}

/// 90 % of the load in 5 % of the parts, somewhere.
std::vector<double> skewed_loads(generator& random, int parts) {
    const int hot = std::max(1, parts / 20);
    const int first = any_of(random, 0, parts - hot);
    std::vector<double> loads(static_cast<std::size_t>(parts), 100.0 / (parts - hot));
    std::fill_n(loads.begin() + first, hot, 900.0 / hot);
    return loads;
}

std::vector<double> noisy(generator& random, std::vector<double> loads) {
    std::uniform_real_distribution<double> noise{0.8, 1.2};
    for (auto& load : loads) {
        load *= noise(random);
    }
    return loads;
}

/// The bound that the strategy promises for all loads; of seats that are not vacant, as if those
/// divided everything. What an idle part counts for, a sixteenth of the mean, makes it wider.
void expect_bound(const plan_scene& scene) {
    const double mean = total(scene) / scene.part_count;
    for (const auto& seat : scene.seats) {
        const double fair =
            total(scene) * 17 / 16 * seat.weight / static_cast<double>(scene.weights());
        if (scene.count_of(seat.id) > 1) {
            ASSERT_LE(load_of(scene, seat.id),
                      fair + std::max(heaviest(scene) + mean / 16, fair / 4) + 1e-3);
        }
    }
}

TEST(BalancedPlan, WithoutLoadsEachSeatHasOneRunInProportionToItsWeight) {
    generator random{1};
    auto scene = balanced(60, any_seats(random, 3));
    scene.loads.clear();
    scene.seats[0].weight = 3;
    scene.seats[1].weight = 2;
    EXPECT_EQ(scene.follow(), 60);
    EXPECT_EQ(scene.count_of(scene.seats[0].id), 30);
    EXPECT_EQ(scene.count_of(scene.seats[1].id), 20);
    EXPECT_EQ(scene.count_of(scene.seats[2].id), 10);
    EXPECT_EQ(runs(scene), 3);
}

TEST(BalancedPlan, ASkewedKeyspaceEvensOutToFairShareAndHeaviestPart) {
    generator random{2};
    for (const int parts : {64, 256, 1024}) {
        for (const int sessions : {2, 4, 8, 16, 32, 64}) {
            auto scene = balanced(parts, any_seats(random, sessions));
            scene.follow();
            scene.loads = skewed_loads(random, parts);
            scene.follow();
            ASSERT_EQ(runs(scene), sessions);
            const double fair = total(scene) / sessions;
            for (const auto& seat : scene.seats) {
                ASSERT_LE(load_of(scene, seat.id),
                          (fair + std::max(heaviest(scene), fair / 4)) * 17 / 16)
                    << parts << " parts, " << sessions << " sessions";
            }
        }
    }
}

TEST(BalancedPlan, BesideAPartTooHeavyForAnySeatTheOthersDivideTheRestEvenly) {
    generator random{3};
    auto scene = balanced(64, any_seats(random, 8));
    scene.loads.assign(64, 1.0);
    scene.loads[20] = 1000;
    scene.loads[21] = 1000;
    scene.follow();
    EXPECT_NE(scene.planned[20], scene.planned[21]);
    for (const auto& seat : scene.seats) {
        if (scene.planned[20] != seat.id && scene.planned[21] != seat.id) {
            EXPECT_NEAR(scene.count_of(seat.id), 62.0 / 6, 2.5);
        }
    }
}

TEST(BalancedPlan, StaysExactlyAsItIsWhileNobodyHasAQuarterTooMuch) {
    generator random{4};
    auto scene = balanced(256, any_seats(random, 8));
    scene.follow();
    for (int round = 0; round < 200; ++round) {
        scene.loads = noisy(random, std::vector<double>(256, any_of(random, 1, 1000)));
        ASSERT_EQ(scene.follow(), 0);
    }
    // The first seat's parts become heavier, until it has too much.
    const auto first = *scene.planned.front();
    const auto weigh_first = [&](double load) {
        for (std::size_t part = 0; part < scene.loads.size(); ++part) {
            scene.loads[part] = scene.planned[part] == first ? load : 10.0;
        }
    };
    weigh_first(12.5);
    EXPECT_EQ(scene.follow(), 0);
    weigh_first(14);
    const int moved = scene.follow();
    EXPECT_GT(moved, 0);
    EXPECT_LT(moved, 24) << "only as far as needed";
}

TEST(BalancedPlan, UnderConstantLoadsTheSecondPlanIsTheFirst) {
    generator random{5};
    for (int round = 0; round < 300; ++round) {
        auto scene = balanced(any_of(random, 1, 200), any_seats(random, any_of(random, 1, 40), 4));
        for (auto& load : scene.loads) {
            load = any_of(random, 0, 3) == 0 ? any_of(random, 0, 1000) : 0;
        }
        for (int part = 0; part < scene.part_count; ++part) {
            const auto who = any_of(random, 0, static_cast<int>(scene.seats.size()) - 1);
            scene.planned.emplace_back(scene.seats[static_cast<std::size_t>(who)].id);
        }
        scene.follow();
        ASSERT_NO_FATAL_FAILURE(expect_bound(scene));
        ASSERT_EQ(scene.follow(), 0);
    }
}

// After three rounds, noise of 20 % moves fewer than one part in a hundred a round.
TEST(BalancedPlan, NoiseHardlyMovesAnything) {
    generator random{6};
    for (const int parts : {64, 256, 1024}) {
        for (const int sessions : {2, 4, 8, 16, 32, 64}) {
            for (const bool skewed : {false, true}) {
                auto scene = balanced(parts, any_seats(random, sessions));
                const auto loads = skewed ? skewed_loads(random, parts) : scene.loads;
                int moved = 0;
                for (int round = 0; round < 103; ++round) {
                    scene.loads = noisy(random, loads);
                    const int now = scene.follow();
                    moved += round < 3 ? 0 : now;
                }
                EXPECT_LE(moved, parts) << parts << " parts, " << sessions << " sessions, "
                                        << (skewed ? "skewed" : "even");
            }
        }
    }
}

// Runs that must stay in one piece move more than the least: the neighbours' neighbours move, too.
TEST(BalancedPlan, AJoinMovesAtMostTwiceTheNewcomersShare) {
    generator random{7};
    for (const int sessions : {2, 4, 8, 16, 32, 64}) {
        auto scene = balanced(1024, any_seats(random, sessions));
        scene.follow();
        const auto newcomer = any_id(random);
        scene.seats.push_back({.id = newcomer});
        const double share = 1024.0 / (sessions + 1);
        EXPECT_LE(scene.follow(), 2 * share);
        EXPECT_GE(scene.count_of(newcomer), 0.8 * share);
        EXPECT_EQ(runs(scene), sessions + 1);
    }
}

TEST(BalancedPlan, ANewcomerIsPutBesideTheSeatWithTheMostLoadForItsWeight) {
    for (const int most : {0, 1, 2, 3, 4, 5}) {
        generator random{8};
        auto scene = balanced(600, any_seats(random, 6));
        scene.follow();
        const auto heavy = scene.planned[static_cast<std::size_t>(100 * most + 50)];
        for (std::size_t part = 0; part < scene.loads.size(); ++part) {
            scene.loads[part] = scene.planned[part] == heavy ? 12.0 : 10.0;
        }
        const auto newcomer = any_id(random);
        scene.seats.push_back({.id = newcomer});
        scene.follow();
        bool beside = false;
        for (std::size_t part = 1; part < scene.planned.size(); ++part) {
            const std::set two{scene.planned[part - 1], scene.planned[part]};
            beside = beside || two == std::set{heavy, std::optional{newcomer}};
        }
        EXPECT_TRUE(beside) << "heavy run " << most;
    }
}

TEST(BalancedPlan, AVacantSeatKeepsItsRunUntilItsHeirTakesItAsItIs) {
    generator random{9};
    auto scene = balanced(64, any_seats(random, 4));
    scene.seats[1].name = "reports";
    scene.follow();
    const auto before = scene.planned;
    const auto left = scene.seats[1];
    scene.seats.erase(scene.seats.begin() + 1);
    scene.vacant = {left};
    EXPECT_EQ(scene.follow(), 0);
    auto heir = left;
    heir.id = any_id(random);
    scene.seats.push_back(heir);
    EXPECT_EQ(scene.follow(), 16);
    for (std::size_t part = 0; part < before.size(); ++part) {
        EXPECT_EQ(scene.planned[part], before[part] == left.id ? heir.id : before[part]);
    }
}

// Its run may shift by what passes through it, and whole parts do not divide as loads do.
TEST(BalancedPlan, AVacantSeatGainsNoLoadWhenItsNeighbourLeaves) {
    generator random{10};
    auto scene = balanced(64, any_seats(random, 4));
    scene.follow();
    const auto away = std::find_if(scene.seats.begin(), scene.seats.end(),
                                   [&](const auto& seat) { return seat.id == scene.planned[20]; });
    scene.vacant = {*away};
    scene.seats.erase(away);
    const auto gone = std::find_if(scene.seats.begin(), scene.seats.end(),
                                   [&](const auto& seat) { return seat.id == scene.planned[40]; });
    scene.seats.erase(gone);
    const int held = scene.count_of(scene.vacant.front().id);
    scene.follow();
    EXPECT_LE(scene.count_of(scene.vacant.front().id), held + 1);
    for (const auto& seat : scene.seats) {
        EXPECT_GE(scene.count_of(seat.id), 20) << "a live seat has its share of what is left";
    }
    EXPECT_EQ(runs(scene), 3);
}

TEST(BalancedPlan, AfterAnotherStrategyTheRunsAreOnePieceEach) {
    generator random{11};
    auto scene = balanced(128, any_seats(random, 6));
    scene.strategy = "sticky";
    scene.follow();
    for (int i = 0; i < 10; ++i) {
        scene.seats.erase(scene.seats.begin());
        scene.seats.push_back({.id = any_id(random)});
        scene.follow();
    }
    ASSERT_GT(runs(scene), 6);
    scene.strategy = "balanced";
    scene.follow();
    EXPECT_EQ(runs(scene), 6);
    EXPECT_EQ(holders(scene), 6);
}

TEST(BalancedPlan, LoadsThatAreNoNumbersCountAsNone) {
    generator random{12};
    auto scene = balanced(8, any_seats(random, 2));
    scene.loads.assign(8, std::numeric_limits<double>::quiet_NaN());
    scene.loads[3] = -5;
    scene.follow();
    EXPECT_EQ(scene.count_of(scene.seats[0].id), 4);
}

TEST(BalancedPlan, HoldsItsBoundsThroughRandomHistories) {
    for (std::uint64_t seed = 1; seed <= 40; ++seed) {
        generator sizes{seed};
        plan_history history{seed, "balanced", any_of(sizes, 1, 80), any_of(sizes, 1, 30)};
        auto& scene = history.scene;
        scene.loads.assign(static_cast<std::size_t>(scene.part_count), 10.0);
        for (int step = 0; step < 150; ++step) {
            history.step();
            auto& load = scene.loads[static_cast<std::size_t>(step % scene.part_count)];
            load = any_of(history.random(), 0, 200);
            const auto before = scene;
            scene.follow();
            if (scene.seats.empty()) {
                ASSERT_TRUE(scene.planned.empty());
                continue;
            }
            ASSERT_EQ(scene.planned.size(), static_cast<std::size_t>(scene.part_count));
            int with_parts = 0;
            for (const auto* side : {&scene.seats, &scene.vacant}) {
                for (const auto& seat : *side) {
                    with_parts += scene.count_of(seat.id);
                }
            }
            ASSERT_EQ(with_parts, scene.part_count) << "a part is for a stranger";
            ASSERT_EQ(runs(scene), holders(scene)) << "seed " << seed;
            ASSERT_GE(holders(scene),
                      std::min(scene.part_count, static_cast<int>(scene.seats.size())));
            ASSERT_NO_FATAL_FAILURE(expect_bound(scene)) << "seed " << seed;
            const auto again = shuffled(before, history.random()).next();
            ASSERT_EQ(moved_parts(scene.planned, again), 0) << "seed " << seed;
            // While seats are vacant, what they lose makes the shares of the others greater.
            auto later = scene;
            int rounds = 0;
            while (later.follow() > 0) {
                ASSERT_LE(++rounds, scene.vacant.empty() ? 0 : 2) << "seed " << seed;
            }
        }
    }
}

TEST(BalancedPlan, ARestartUnderItsNameMovesNothingInAnyHistory) {
    for (std::uint64_t seed = 1; seed <= 40; ++seed) {
        plan_history history{seed, "balanced", 96, 24};
        auto& scene = history.scene;
        scene.loads.assign(96, 10.0);
        for (int step = 0; step < 100; ++step) {
            history.step();
            scene.vacant.clear();
            scene.follow();
            if (scene.seats.size() < 2) {
                continue;
            }
            const auto at = static_cast<std::size_t>(step) % scene.seats.size();
            auto left = scene.seats[at];
            left.name = "restarted";
            const auto before = scene.planned;
            scene.seats.erase(scene.seats.begin() + static_cast<std::ptrdiff_t>(at));
            scene.vacant = {left};
            ASSERT_EQ(scene.follow(), 0) << "seed " << seed << " step " << step;
            auto heir = left;
            heir.id = any_id(history.random());
            scene.seats.push_back(heir);
            scene.follow();
            for (std::size_t part = 0; part < before.size(); ++part) {
                ASSERT_EQ(scene.planned[part], before[part] == left.id ? heir.id : before[part]);
            }
        }
    }
}

TEST(BalancedPlan, AThousandSeatsDivideAllParts) {
    generator random{13};
    auto scene = balanced(4096, any_seats(random, 1000, 1000));
    for (auto& load : scene.loads) {
        load = any_of(random, 0, 100);
    }
    for (int change = 0; change < 20; ++change) {
        scene.seats.erase(scene.seats.begin() + any_of(random, 0, 999));
        scene.seats.push_back({.id = any_id(random), .weight = any_of(random, 1, 1000)});
        scene.follow();
        ASSERT_EQ(holders(scene), 1000);
        ASSERT_EQ(runs(scene), 1000);
        ASSERT_NO_FATAL_FAILURE(expect_bound(scene));
        ASSERT_EQ(scene.follow(), 0);
    }
}

}  // namespace
}  // namespace leasehold
