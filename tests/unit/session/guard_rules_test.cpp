#include "session/guard_rules.hpp"

#include <gtest/gtest.h>

#include <optional>

namespace leasehold {
namespace {

using namespace std::chrono_literals;

struct GuardRules : testing::Test {
    steady_time now{1'000s};
    const session_id neighbour = random_session_id();
    guard_memory memory{};

    /// One more look.
    guard_opinion look(const std::optional<guard_look>& seen) {
        auto opinion = weighed(memory, seen, now);
        memory = opinion.memory;
        return opinion;
    }
    guard_look held(std::int64_t guard = 7, std::int64_t over = 1) const {
        return {.of = neighbour, .guard = guard, .is_held = true, .over = over};
    }
    guard_look free(std::int64_t guard = 7, std::int64_t over = 1) const {
        return {.of = neighbour, .guard = guard, .is_held = false, .over = over};
    }
};

TEST_F(GuardRules, AHeldGuardStands) {
    for (int i = 0; i < 3; ++i) {
        EXPECT_EQ(look(held()).verdict, guard_verdict::stands);
        now += 1h;
    }
}

TEST_F(GuardRules, OneThatWasHeldAndStaysFreeIsDeadAfterItsPatience) {
    look(held());
    const auto first = look(free());
    EXPECT_EQ(first.verdict, guard_verdict::suspect);
    EXPECT_EQ(first.look_again_at, now + guard_patience);
    now += guard_patience - 1ms;
    const auto second = look(free());
    EXPECT_EQ(second.verdict, guard_verdict::suspect);
    EXPECT_EQ(second.look_again_at, now + 1ms);
    now += 1ms;
    EXPECT_EQ(look(free()).verdict, guard_verdict::dead);
}

// Never held by anybody: a server whose locks are none, or a looker that has just begun to look.
TEST_F(GuardRules, OneThatWasNeverSeenHeldSaysNothing) {
    for (int i = 0; i < 3; ++i) {
        EXPECT_EQ(look(free()).verdict, guard_verdict::stands);
        now += 1h;
    }
}

TEST_F(GuardRules, OneSeenHeldOverAnotherConnectionOfTheLookersSaysNothing) {
    look(held(7, 1));
    EXPECT_EQ(look(free(7, 2)).verdict, guard_verdict::stands);
    now += 1h;
    EXPECT_EQ(look(free(7, 2)).verdict, guard_verdict::stands);
    EXPECT_EQ(look(free(7, 1)).verdict, guard_verdict::stands) << "that was forgotten";
}

TEST_F(GuardRules, ANewConnectionOfTheLookersEndsASuspicion) {
    look(held(7, 1));
    EXPECT_EQ(look(free(7, 1)).verdict, guard_verdict::suspect);
    now += 1h;
    EXPECT_EQ(look(free(7, 2)).verdict, guard_verdict::stands);
}

TEST_F(GuardRules, ANewGuardEndsASuspicion) {
    look(held(7));
    look(free(7));
    now += 1h;
    EXPECT_EQ(look(free(8)).verdict, guard_verdict::stands);
    EXPECT_EQ(look(held(8)).verdict, guard_verdict::stands);
    EXPECT_EQ(look(free(8)).verdict, guard_verdict::suspect) << "from the beginning";
}

TEST_F(GuardRules, AGuardThatIsHeldAgainEndsASuspicion) {
    look(held());
    look(free());
    now += 1h;
    EXPECT_EQ(look(held()).verdict, guard_verdict::stands);
    EXPECT_EQ(look(free()).verdict, guard_verdict::suspect) << "from the beginning";
}

TEST_F(GuardRules, AnotherNeighbourIsAnotherMatter) {
    look(held());
    auto other = free();
    other.of = random_session_id();
    EXPECT_EQ(look(other).verdict, guard_verdict::stands);
    EXPECT_EQ(look(free()).verdict, guard_verdict::stands);
}

TEST_F(GuardRules, WhoHasNoGuardIsNotJudged) {
    look(held());
    EXPECT_EQ(look(std::nullopt).verdict, guard_verdict::stands);
    EXPECT_EQ(look(free()).verdict, guard_verdict::stands);
}

}  // namespace
}  // namespace leasehold
