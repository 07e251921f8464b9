#include "parts/plan_rules.hpp"

#include "tests/support/numbered.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <optional>
#include <stdexcept>
#include <vector>

namespace leasehold {
namespace {

using test::session;

std::vector<plan_seat> seats(int count) {
    std::vector<plan_seat> all;
    for (int i = 0; i < count; ++i) {
        session_id id;
        id.value.data[0] = static_cast<std::uint8_t>(i >> 8);
        id.value.data[1] = static_cast<std::uint8_t>(i & 0xff);
        all.push_back({.id = id});
    }
    return all;
}

plan lexical(const std::vector<plan_seat>& everyone, int parts) {
    return make_plan({.strategy = "lexical", .part_count = parts, .seats = everyone});
}

std::vector<int> parts_of(const plan& planned, const session_id& id) {
    std::vector<int> parts;
    for (std::size_t p = 0; p < planned.size(); ++p) {
        if (planned[p] == id) {
            parts.push_back(static_cast<int>(p));
        }
    }
    return parts;
}

// The example of the design: a third session whose id sorts between the two.
TEST(LexicalPlan, ThreeSessionsOverEightParts) {
    const auto low = session(0x10);
    const auto middle = session(0x50);
    const auto high = session(0xa0);
    const std::vector<plan_seat> two{{.id = high}, {.id = low}};
    const auto before = lexical(two, 8);
    EXPECT_EQ(parts_of(before, low), (std::vector{0, 1, 2, 3}));
    EXPECT_EQ(parts_of(before, high), (std::vector{4, 5, 6, 7}));
    const std::vector<plan_seat> three{{.id = high}, {.id = middle}, {.id = low}};
    const auto after = lexical(three, 8);
    EXPECT_EQ(parts_of(after, low), (std::vector{0, 1}));
    EXPECT_EQ(parts_of(after, middle), (std::vector{2, 3, 4}));
    EXPECT_EQ(parts_of(after, high), (std::vector{5, 6, 7}));
}

TEST(LexicalPlan, EveryPartHasOneOwnerAndRunsAreContiguousAndEven) {
    for (const int parts : {1, 7, 64, 1000}) {
        for (const int sessions : {1, 2, 3, parts, parts + 1}) {
            const auto everyone = seats(sessions);
            const auto planned = lexical(everyone, parts);
            ASSERT_EQ(planned.size(), static_cast<std::size_t>(parts));
            EXPECT_TRUE(std::is_sorted(planned.begin(), planned.end()));
            for (int i = 0; i < sessions; ++i) {
                const auto held = parts_of(planned, everyone[static_cast<std::size_t>(i)].id);
                const auto count = static_cast<int>(held.size());
                EXPECT_EQ(count, (i + 1) * parts / sessions - i * parts / sessions);
                if (!held.empty()) {
                    EXPECT_EQ(held.front(), i * parts / sessions);
                    EXPECT_EQ(held.back() - held.front() + 1, count);
                }
            }
        }
    }
}

TEST(LexicalPlan, WithMoreSessionsThanPartsTheRestStandBy) {
    for (const int parts : {1, 7, 64, 1000}) {
        const auto everyone = seats(parts + 1);
        const auto planned = lexical(everyone, parts);
        const auto idle = std::count_if(everyone.begin(), everyone.end(), [&](const auto& seat) {
            return parts_of(planned, seat.id).empty();
        });
        EXPECT_EQ(idle, 1);
    }
}

TEST(LexicalPlan, DoesNotDependOnTheOrderOfTheSeats) {
    auto everyone = seats(17);
    const auto planned = lexical(everyone, 64);
    std::reverse(everyone.begin(), everyone.end());
    EXPECT_EQ(lexical(everyone, 64), planned);
}

TEST(LexicalPlan, NobodyHoldsNothing) { EXPECT_TRUE(lexical({}, 64).empty()); }

TEST(Plan, AnUnknownStrategyIsRefusedByName) {
    const auto one = seats(1);
    const plan_ground ground{.strategy = "modulo", .part_count = 8, .seats = one};
    EXPECT_THROW(make_plan(ground), std::invalid_argument);
    // Whoever is there, or nobody: a mistake must not wait for the first session.
    EXPECT_THROW(make_plan({.strategy = "modulo", .part_count = 8}), std::invalid_argument);
}

TEST(Plan, NoLiveSeatIsNoPlanWhateverTheStrategy) {
    const auto one = seats(1);
    const std::vector<std::optional<session_id>> planned(8, one.front().id);
    for (const auto* strategy : {"lexical", "sticky", "balanced"}) {
        EXPECT_TRUE(
            make_plan({.strategy = strategy, .part_count = 8, .vacant = one, .planned = planned})
                .empty());
    }
}

TEST(MovedParts, AreThoseForAnotherSessionOrForNobodyBeforeOrAfter) {
    const auto a = session(1);
    const auto b = session(2);
    const std::vector<std::optional<session_id>> before{a, a, b, std::nullopt};
    EXPECT_EQ(moved_parts(before, {a, a, b, b}), 1);
    EXPECT_EQ(moved_parts(before, {a, b, b, b}), 2);
    EXPECT_EQ(moved_parts(before, {}), 3);
    EXPECT_EQ(moved_parts({}, {a, b}), 2);
    EXPECT_EQ(moved_parts({}, {}), 0);
}

}  // namespace
}  // namespace leasehold
