#include "tests/unit/parts/plan_scene.hpp"

#include <gtest/gtest.h>

#include <map>
#include <set>

namespace leasehold {
namespace {

plan_scene sticky(int part_count, std::vector<plan_seat> seats) {
    return {.strategy = "sticky", .part_count = part_count, .seats = std::move(seats)};
}

struct share_bounds {
    int low;
    int high;
};

/// Every seat's share when no seat is vacant.
share_bounds bounds(const plan_scene& scene, const plan_seat& seat) {
    const auto product = std::int64_t{scene.part_count} * seat.weight;
    const auto all = scene.weights();
    return {static_cast<int>(product / all), static_cast<int>((product + all - 1) / all)};
}

/// The fewest moves to a balanced plan, by counting: what is above a seat's higher share must go,
/// and of those that could keep a part more by a share rounded up, only so many can.
int fewest_moves(const plan_scene& scene) {
    int kept = 0;
    int ups = scene.part_count;
    int wishes = 0;
    for (const auto& seat : scene.seats) {
        const auto [low, high] = bounds(scene, seat);
        kept += std::min(scene.count_of(seat.id), low);
        wishes += high > low && scene.count_of(seat.id) > low ? 1 : 0;
        ups -= low;
    }
    return scene.part_count - kept - std::min(ups, wishes);
}

/// The fewest moves to a balanced plan, by trying every plan there is.
class every_plan {
public:
    explicit every_plan(const plan_scene& scene) : scene_(scene), counts_(scene.seats.size()) {}

    int fewest_moves() {
        try_from(0, 0);
        return fewest_;
    }

private:
    void try_from(std::size_t part, int moved) {
        if (part == scene_.planned.size()) {
            bool balanced = true;
            for (std::size_t i = 0; i < counts_.size(); ++i) {
                const auto [low, high] = bounds(scene_, scene_.seats[i]);
                balanced = balanced && counts_[i] >= low && counts_[i] <= high;
            }
            fewest_ = balanced ? std::min(fewest_, moved) : fewest_;
            return;
        }
        for (std::size_t i = 0; i < counts_.size(); ++i) {
            ++counts_[i];
            try_from(part + 1, moved + (scene_.planned[part] == scene_.seats[i].id ? 0 : 1));
            --counts_[i];
        }
    }

    const plan_scene& scene_;
    std::vector<int> counts_;
    int fewest_{1 << 20};
};

void expect_balance(const plan_scene& scene) {
    for (const auto& seat : scene.seats) {
        const auto [low, high] = bounds(scene, seat);
        ASSERT_GE(scene.count_of(seat.id), low);
        ASSERT_LE(scene.count_of(seat.id), high);
    }
}

TEST(StickyPlan, TheFirstPlanIsOneRunForEachSeatInProportionToItsWeight) {
    generator random{1};
    auto scene = sticky(60, any_seats(random, 3));
    scene.seats[0].weight = 3;
    scene.seats[1].weight = 2;
    EXPECT_EQ(scene.follow(), 60);
    EXPECT_EQ(scene.count_of(scene.seats[0].id), 30);
    EXPECT_EQ(scene.count_of(scene.seats[1].id), 20);
    EXPECT_EQ(scene.count_of(scene.seats[2].id), 10);
    int borders = 0;
    for (std::size_t part = 1; part < scene.planned.size(); ++part) {
        borders += scene.planned[part] != scene.planned[part - 1] ? 1 : 0;
    }
    EXPECT_EQ(borders, 2);
}

TEST(StickyPlan, MovesAsFewPartsAsTheBestOfAllBalancedPlans) {
    generator random{2};
    for (int round = 0; round < 1500; ++round) {
        auto scene = sticky(any_of(random, 1, 6), any_seats(random, any_of(random, 1, 4), 3));
        const auto gone = any_id(random);
        for (int part = 0; part < scene.part_count; ++part) {
            const auto who = any_of(random, -2, static_cast<int>(scene.seats.size()) - 1);
            scene.planned.push_back(
                who >= 0 ? std::optional{scene.seats[static_cast<std::size_t>(who)].id}
                         : (who == -1 ? std::optional{gone} : std::nullopt));
        }
        const int fewest = every_plan{scene}.fewest_moves();
        ASSERT_EQ(fewest, fewest_moves(scene));
        ASSERT_EQ(scene.follow(), fewest);
        ASSERT_NO_FATAL_FAILURE(expect_balance(scene));
    }
}

TEST(StickyPlan, AJoinTakesOnlyTheNewcomersShareAndALeaveGivesOnlyTheLeaversParts) {
    generator random{3};
    for (const int sessions : {2, 4, 8, 16, 32, 64}) {
        auto scene = sticky(256, any_seats(random, sessions));
        scene.follow();
        scene.seats.push_back({.id = any_id(random)});
        EXPECT_EQ(scene.follow(), 256 / (sessions + 1));
        const auto leaver = scene.seats.front().id;
        const int held = scene.count_of(leaver);
        scene.seats.erase(scene.seats.begin());
        EXPECT_EQ(scene.follow(), held);
    }
}

TEST(StickyPlan, ANewcomerBetweenTwoGetsOneRun) {
    generator random{4};
    auto scene = sticky(64, any_seats(random, 2));
    scene.follow();
    const auto newcomer = any_id(random);
    scene.seats.push_back({.id = newcomer});
    scene.follow();
    const auto first = std::find(scene.planned.begin(), scene.planned.end(), newcomer);
    const auto count = scene.count_of(newcomer);
    EXPECT_EQ(count, 21);
    EXPECT_TRUE(std::all_of(first, first + count, [&](const auto& p) { return p == newcomer; }));
}

TEST(StickyPlan, FreePartsGoToTheSeatsBesideThem) {
    generator random{5};
    auto scene = sticky(6, any_seats(random, 2));
    const auto a = scene.seats[0].id;
    const auto b = scene.seats[1].id;
    scene.planned = {a, std::nullopt, b, b, std::nullopt, a};
    EXPECT_EQ(scene.follow(), 2);
    EXPECT_EQ(scene.planned[1], a);
    EXPECT_EQ(scene.planned[4], b);
}

TEST(StickyPlan, OfTheSessionsWithoutAPartSomeStandBy) {
    generator random{6};
    auto scene = sticky(7, any_seats(random, 40));
    EXPECT_EQ(scene.follow(), 7);
    const std::set<std::optional<session_id>> holders(scene.planned.begin(), scene.planned.end());
    EXPECT_EQ(holders.size(), 7U);
    // Whoever joins now stands by, too.
    scene.seats.push_back({});
    EXPECT_EQ(scene.follow(), 0);
}

TEST(StickyPlan, AVacantSeatKeepsItsPartsUntilItsHeirTakesThemAll) {
    generator random{7};
    auto scene = sticky(64, any_seats(random, 4));
    scene.seats[1].name = "reports";
    scene.follow();
    const auto before = scene.planned;
    auto left = scene.seats[1];
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
    scene.vacant.clear();
    EXPECT_EQ(scene.follow(), 0);
}

TEST(StickyPlan, AVacantSeatHasOneHeirAndAnHeirOneVacantSeatLowestIdsFirst) {
    generator random{8};
    auto scene = sticky(12, any_seats(random, 3));
    std::sort(scene.seats.begin(), scene.seats.end(),
              [](const auto& a, const auto& b) { return a.id < b.id; });
    for (auto& seat : scene.seats) {
        seat.name = "twin";
    }
    scene.follow();
    scene.vacant = {scene.seats[0], scene.seats[1]};
    const auto stays = scene.seats[2];
    scene.seats = {stays};
    scene.seats.push_back({.id = any_id(random), .name = "twin"});
    scene.follow();
    // The one that stayed has its parts: it is nobody's heir.
    EXPECT_EQ(scene.count_of(stays.id), 4);
    EXPECT_EQ(scene.count_of(scene.vacant[0].id), 0);
    EXPECT_EQ(scene.count_of(scene.vacant[1].id), 4);
    EXPECT_EQ(scene.count_of(scene.seats[1].id), 4);
    // The next of that name gets what is still vacant, and the one after gets nothing so.
    scene.seats.push_back({.id = any_id(random), .name = "twin"});
    scene.follow();
    EXPECT_EQ(scene.count_of(scene.vacant[1].id), 0);
    EXPECT_EQ(scene.count_of(scene.seats[2].id), 4);
}

TEST(StickyPlan, ThreeOfANameThatComeAtOnceDivideTwoVacantSeats) {
    generator random{11};
    auto scene = sticky(40, any_seats(random, 3));
    scene.seats[1].name = scene.seats[2].name = "twin";
    scene.follow();
    const auto before = scene.planned;
    scene.vacant = {scene.seats[1], scene.seats[2]};
    scene.seats.resize(1);
    for (unsigned char first = 3; first > 0; --first) {
        scene.seats.push_back({.name = "twin"});
        scene.seats.back().id.value.data[0] = first;
    }
    scene.follow();
    // Each of the two with the lowest ids has parts of one vacant seat, and no others.
    std::map<std::optional<session_id>, std::set<std::optional<session_id>>> had_by;
    for (std::size_t part = 0; part < before.size(); ++part) {
        had_by[scene.planned[part]].insert(before[part]);
    }
    auto low = std::min(scene.vacant[0].id, scene.vacant[1].id);
    auto high = std::max(scene.vacant[0].id, scene.vacant[1].id);
    EXPECT_EQ(had_by[scene.seats[3].id], (std::set{std::optional{low}}));
    EXPECT_EQ(had_by[scene.seats[2].id], (std::set{std::optional{high}}));
}

TEST(StickyPlan, AVacantSeatGainsNothingWhenAnotherSessionLeaves) {
    generator random{9};
    auto scene = sticky(60, any_seats(random, 4));
    scene.seats[3].name = "away";
    scene.follow();
    const auto away = scene.seats[3];
    scene.vacant = {away};
    scene.seats.resize(2);
    EXPECT_EQ(scene.follow(), 15);
    EXPECT_EQ(scene.count_of(away.id), 15);
    EXPECT_EQ(scene.count_of(scene.seats[0].id) + scene.count_of(scene.seats[1].id), 45);
}

// Each step: complete, balanced, no move too many, the same in any order, and settled.
TEST(StickyPlan, HoldsItsBoundsThroughRandomHistories) {
    for (std::uint64_t seed = 1; seed <= 40; ++seed) {
        generator sizes{seed};
        plan_history history{seed, "sticky", any_of(sizes, 1, 80), any_of(sizes, 1, 30)};
        auto& scene = history.scene;
        for (int step = 0; step < 150; ++step) {
            history.step();
            const auto before = scene;
            const int moved = scene.follow();
            if (scene.seats.empty()) {
                ASSERT_TRUE(scene.planned.empty());
                continue;
            }
            ASSERT_EQ(scene.planned.size(), static_cast<std::size_t>(scene.part_count));
            int surplus = scene.part_count;
            int with_parts = 0;
            std::map<std::optional<session_id>, bool> there;
            for (const auto* side : {&scene.seats, &scene.vacant}) {
                for (const auto& seat : *side) {
                    surplus -= std::min(before.count_of(seat.id), scene.count_of(seat.id));
                    with_parts += scene.count_of(seat.id);
                    ASSERT_TRUE(there.emplace(seat.id, true).second);
                }
            }
            ASSERT_EQ(with_parts, scene.part_count) << "a part is for a stranger";
            ASSERT_EQ(moved, surplus) << "seats exchanged parts, seed " << seed;
            if (scene.vacant.empty()) {
                ASSERT_NO_FATAL_FAILURE(expect_balance(scene));
                ASSERT_EQ(moved, fewest_moves(before));
            }
            std::map<int, std::pair<int, int>> live;  // weight: fewest and most parts
            for (const auto& seat : scene.seats) {
                const int count = scene.count_of(seat.id);
                auto& [low, high] =
                    live.emplace(seat.weight, std::pair{count, count}).first->second;
                low = std::min(low, count);
                high = std::max(high, count);
                ASSERT_LE(high - low, 1) << "seed " << seed;
            }
            for (const auto& seat : scene.vacant) {
                ASSERT_LE(scene.count_of(seat.id), before.count_of(seat.id));
            }
            const auto again = shuffled(before, history.random()).next();
            ASSERT_EQ(moved_parts(scene.planned, again), 0) << "seed " << seed;
            ASSERT_TRUE(an_heir_waits(scene) || moved_parts(scene.planned, scene.next()) == 0)
                << "seed " << seed;
        }
    }
}

TEST(StickyPlan, ARestartUnderItsNameMovesNothingInAnyHistory) {
    for (std::uint64_t seed = 1; seed <= 40; ++seed) {
        plan_history history{seed, "sticky", 96, 24};
        auto& scene = history.scene;
        for (int step = 0; step < 100; ++step) {
            history.step();
            scene.vacant.clear();
            scene.follow();
            if (scene.seats.size() < 2) {
                continue;
            }
            auto& seat = scene.seats[static_cast<std::size_t>(step) % scene.seats.size()];
            seat.name = "restarted";
            const auto before = scene.planned;
            const auto left = seat;
            seat = scene.seats.back();
            scene.seats.pop_back();
            scene.vacant = {left};
            ASSERT_EQ(scene.follow(), 0);
            scene.seats.push_back(left);
            scene.seats.back().id = any_id(history.random());
            const auto heir = scene.seats.back().id;
            scene.follow();
            for (std::size_t part = 0; part < before.size(); ++part) {
                ASSERT_EQ(scene.planned[part], before[part] == left.id ? heir : before[part]);
            }
        }
    }
}

TEST(StickyPlan, AThousandSeatsOfAnyWeightDivideAllParts) {
    generator random{10};
    auto scene = sticky(4096, any_seats(random, 1000, 1000));
    scene.follow();
    for (int change = 0; change < 20; ++change) {
        scene.seats.erase(scene.seats.begin() + any_of(random, 0, 999));
        scene.seats.push_back({.id = any_id(random), .weight = any_of(random, 1, 1000)});
        const int fewest = fewest_moves(scene);
        ASSERT_EQ(scene.follow(), fewest);
        ASSERT_NO_FATAL_FAILURE(expect_balance(scene));
    }
}

}  // namespace
}  // namespace leasehold
