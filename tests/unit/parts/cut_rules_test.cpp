#include "parts/cut_rules.hpp"
#include "tests/unit/parts/plan_scene.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

namespace leasehold {
namespace {

struct cut_case {
    std::vector<row_seat> row;
    std::vector<cut_room> rooms;
    int total;
};

/// All in whole numbers, so that the best cuts are whole numbers, too.
cut_case any_case(generator& random) {
    cut_case made{{}, {}, 0};
    const int seats = any_of(random, 1, 5);
    for (int i = 0; i < seats; ++i) {
        const int fair = any_of(random, 1, 4);
        made.total += fair;
        made.row.push_back({static_cast<double>(fair),
                            static_cast<double>(fair - any_of(random, 0, fair)),
                            static_cast<double>(fair + any_of(random, 0, 3))});
    }
    for (int i = 1; i < seats; ++i) {
        const int low = any_of(random, 0, made.total);
        made.rooms.push_back(
            {static_cast<double>(low), static_cast<double>(any_of(random, low, made.total))});
    }
    return made;
}

double way(const std::vector<cut_room>& rooms, const std::vector<double>& cuts) {
    double sum = 0;
    for (std::size_t i = 0; i < cuts.size(); ++i) {
        sum += std::max({0.0, rooms[i].low - cuts[i], cuts[i] - rooms[i].high});
    }
    return sum;
}

/// The shortest way there is, by trying every place of every cut.
double shortest_way(const cut_case& tried, std::size_t cut = 0, double from = 0) {
    const auto& seat = tried.row[cut];
    if (cut == tried.rooms.size()) {
        const double load = tried.total - from;
        return load < seat.low || load > seat.high ? std::numeric_limits<double>::infinity() : 0.0;
    }
    double best = std::numeric_limits<double>::infinity();
    for (double at = from + seat.low; at <= from + seat.high; ++at) {
        best = std::min(best, way({tried.rooms[cut]}, {at}) + shortest_way(tried, cut + 1, at));
    }
    return best;
}

TEST(NearestCuts, GoTheShortestOfAllWaysThatLeaveEachSeatWithinItsBounds) {
    generator random{1};
    for (int round = 0; round < 3000; ++round) {
        const auto tried = any_case(random);
        auto cuts = nearest_cuts(tried.row, tried.rooms);
        ASSERT_EQ(cuts.size(), tried.rooms.size());
        ASSERT_NEAR(way(tried.rooms, cuts), shortest_way(tried), 1e-9);
        cuts.push_back(tried.total);
        double from = 0;
        for (std::size_t i = 0; i < cuts.size(); ++i) {
            ASSERT_GE(cuts[i] - from, tried.row[i].low - 1e-9);
            ASSERT_LE(cuts[i] - from, tried.row[i].high + 1e-9);
            from = cuts[i];
        }
    }
}

TEST(NearestCuts, StandAtTheFairPlacesWhereNothingHoldsThem) {
    const std::vector<row_seat> row{{3, 0, 9}, {2, 0, 9}, {4, 0, 9}};
    EXPECT_EQ(nearest_cuts(row, {{0, 9}, {0, 9}}), (std::vector<double>{3, 5}));
}

/// The least that the runs of all seats must be allowed above the fair loads, by trying all cuts.
double least_above(const load_sums& loads, const std::vector<double>& fair, std::size_t seat = 0,
                   int first = 0) {
    const int seats_after = static_cast<int>(fair.size() - seat) - 1;
    if (seats_after < 0) {
        return 0;
    }
    double best = std::numeric_limits<double>::infinity();
    const int last_end = loads.part_count() - seats_after;
    for (int end = seats_after == 0 ? last_end : first + 1; end <= last_end; ++end) {
        const double above = end == first + 1 ? 0 : loads.between(first, end) - fair[seat];
        best = std::min(best, std::max(above, least_above(loads, fair, seat + 1, end)));
    }
    return best;
}

TEST(BoundedCuts, AllowNoMoreAboveTheFairLoadsThanTheBestOfAllCuts) {
    generator random{2};
    for (int round = 0; round < 2000; ++round) {
        std::vector<double> loads;
        const int parts = any_of(random, 1, 9);
        for (int i = 0; i < parts; ++i) {
            loads.push_back(any_of(random, 1, any_of(random, 1, 30)));
        }
        const load_sums sums{loads};
        std::vector<double> weights;
        const int seats = any_of(random, 1, std::min(parts, 5));
        double all = 0;
        for (int i = 0; i < seats; ++i) {
            weights.push_back(any_of(random, 1, 4));
            all += weights.back();
        }
        std::vector<double> fair;
        for (const double weight : weights) {
            fair.push_back(sums.total() * weight / all);
        }
        std::vector<int> wanted;
        for (int i = 1; i < seats; ++i) {
            wanted.push_back(any_of(random, 0, parts));
        }
        std::sort(wanted.begin(), wanted.end());

        auto cuts = bounded_cuts(sums, fair, 0, wanted);
        cuts.push_back(parts);
        const double above = std::max(0.0, least_above(sums, fair));
        ASSERT_LE(above, sums.heaviest());
        int first = 0;
        for (std::size_t i = 0; i < cuts.size(); ++i) {
            ASSERT_GT(cuts[i], first) << "each has a part";
            if (cuts[i] > first + 1) {
                ASSERT_LE(sums.between(first, cuts[i]), fair[i] + above + 1e-5);
            }
            first = cuts[i];
        }
    }
}

TEST(BoundedCuts, StayWhereTheyAreWantedWhenThatIsWithinBounds) {
    const load_sums even{std::vector<double>(12, 1.0)};
    const std::vector<double> fair{4, 4, 4};
    EXPECT_EQ(bounded_cuts(even, fair, 0.25, {3, 8}), (std::vector{3, 8}));
    EXPECT_EQ(bounded_cuts(even, fair, 0.25, {5, 10}), (std::vector{5, 10}));
    EXPECT_EQ(bounded_cuts(even, fair, 0.25, {6, 10}), (std::vector{5, 10}));
    EXPECT_EQ(bounded_cuts(even, fair, 0, {0, 12}), (std::vector{4, 8}));
}

TEST(LoadSums, NearestTakesTheLowerOfTwo) {
    const load_sums sums{{2, 2, 4}};
    EXPECT_EQ(sums.nearest(-1), 0);
    EXPECT_EQ(sums.nearest(1), 0);
    EXPECT_EQ(sums.nearest(1.1), 1);
    EXPECT_EQ(sums.nearest(6.1), 3);
    EXPECT_EQ(sums.nearest(100), 3);
}

}  // namespace
}  // namespace leasehold
