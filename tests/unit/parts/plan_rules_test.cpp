#include "parts/plan_rules.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <stdexcept>

namespace leasehold {
namespace {

session_id session(unsigned char first) {
    session_id id;
    id.value.data[0] = first;
    return id;
}

std::vector<plan_seat> seats(int count) {
    std::vector<plan_seat> all;
    for (int i = 0; i < count; ++i) {
        session_id id;
        id.value.data[0] = static_cast<std::uint8_t>(i >> 8);
        id.value.data[1] = static_cast<std::uint8_t>(i & 0xff);
        all.push_back({id, 1});
    }
    return all;
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
    const std::vector<plan_seat> two{{high, 1}, {low, 1}};
    const auto before = make_plan("lexical", two, 8);
    EXPECT_EQ(parts_of(before, low), (std::vector{0, 1, 2, 3}));
    EXPECT_EQ(parts_of(before, high), (std::vector{4, 5, 6, 7}));
    const std::vector<plan_seat> three{{high, 1}, {middle, 1}, {low, 1}};
    const auto after = make_plan("lexical", three, 8);
    EXPECT_EQ(parts_of(after, low), (std::vector{0, 1}));
    EXPECT_EQ(parts_of(after, middle), (std::vector{2, 3, 4}));
    EXPECT_EQ(parts_of(after, high), (std::vector{5, 6, 7}));
}

TEST(LexicalPlan, EveryPartHasOneOwnerAndRunsAreContiguousAndEven) {
    for (const int parts : {1, 7, 64, 1000}) {
        for (const int sessions : {1, 2, 3, parts, parts + 1}) {
            const auto everyone = seats(sessions);
            const auto planned = make_plan("lexical", everyone, parts);
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
        const auto planned = make_plan("lexical", everyone, parts);
        const auto idle = std::count_if(everyone.begin(), everyone.end(), [&](const auto& seat) {
            return parts_of(planned, seat.id).empty();
        });
        EXPECT_EQ(idle, 1);
    }
}

TEST(LexicalPlan, DoesNotDependOnTheOrderOfTheSeats) {
    auto everyone = seats(17);
    const auto planned = make_plan("lexical", everyone, 64);
    std::reverse(everyone.begin(), everyone.end());
    EXPECT_EQ(make_plan("lexical", everyone, 64), planned);
}

TEST(LexicalPlan, NobodyHoldsNothing) { EXPECT_TRUE(make_plan("lexical", {}, 64).empty()); }

TEST(Plan, AnUnknownStrategyIsRefusedByName) {
    EXPECT_THROW(make_plan("modulo", seats(1), 8), std::invalid_argument);
}

}  // namespace
}  // namespace leasehold
