#include "worker/cli/plan_preview.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <stdexcept>

namespace leasehold {
namespace {

using namespace std::chrono_literals;

session_row session(unsigned char first, const std::string& name) {
    session_row row;
    row.id.value.data[0] = first;
    row.name = name;
    row.state = "live";
    row.live = true;
    return row;
}

const auto ann = session(0x10, "ann");
const auto bob = session(0x90, "bob");

/// Eight parts: 0 to 3 are planned for ann, 4 to 7 for bob.
plan_record two_of_eight(const std::string& strategy) {
    plan_record record{.strategy = strategy,
                       .part_count = 8,
                       .is_ready = true,
                       .restart_grace = 5s,
                       .number = 7,
                       .sessions = {ann, bob},
                       .loads = std::vector<double>(8)};
    record.planned.resize(8, bob.id);
    std::fill_n(record.planned.begin(), 4, ann.id);
    return record;
}

session_id id_of(unsigned char first) { return session(first, "").id; }

std::string crew_refusal(const std::vector<std::string>& texts) {
    try {
        crew_wish_from(texts);
    } catch (const std::invalid_argument& error) {
        return error.what();
    }
    return "";
}

TEST(CrewWish, PlusAddsUpAndMinusNames) {
    const auto wish = crew_wish_from({"+2", "-ann", "+1", "--x"});
    EXPECT_EQ(wish.more, 3);
    EXPECT_EQ(wish.without, (std::vector<std::string>{"ann", "-x"}));
}

TEST(CrewWish, OtherWordsAreRefusedByName) {
    for (const char* text : {"2", "ann", "+", "-", ""}) {
        EXPECT_NE(crew_refusal({text}).find("--sessions is '" + std::string{text} + "'; write +2"),
                  std::string::npos)
            << text;
    }
    for (const char* text : {"+0", "+-1", "+x", "+1.5", "+1001", "+99999999999999"}) {
        EXPECT_NE(crew_refusal({text}).find("1 to 1000"), std::string::npos) << text;
    }
    EXPECT_NE(crew_refusal({"+600", "+600"}).find("1200"), std::string::npos);
}

TEST(PlanPreview, WithNothingToChangeNothingMoves) {
    for (const char* strategy : {"lexical", "sticky", "balanced"}) {
        const auto seen = preview_plan("mail", two_of_eight(strategy), {}, {});
        EXPECT_EQ(seen.moved, 0) << strategy;
        EXPECT_TRUE(seen.moves.empty());
        EXPECT_EQ(seen.before, seen.after);
        EXPECT_EQ(seen.number, 7);
    }
}

// The example of docs/architecture.md: 0-1, 2-4, 5-7.
TEST(PlanPreview, ASessionThatComesTakesRunsAndEachRunIsOneMove) {
    const auto middle = id_of(0x50);
    const auto seen = preview_plan("mail", two_of_eight("lexical"), {.more = 1}, {middle});
    EXPECT_EQ(seen.moved, 3);
    EXPECT_EQ(seen.least_possible, 2);
    ASSERT_EQ(seen.moves.size(), 2U);
    EXPECT_EQ(seen.moves[0].first, 2);
    EXPECT_EQ(seen.moves[0].last, 3);
    EXPECT_EQ(seen.moves[0].from, ann.id);
    EXPECT_EQ(seen.moves[0].to, middle);
    EXPECT_EQ(seen.moves[0].why, "join");
    EXPECT_EQ(seen.moves[1].first, 4);
    EXPECT_EQ(seen.moves[1].last, 4);
    EXPECT_EQ(seen.moves[1].from, bob.id);
    ASSERT_EQ(seen.sessions.size(), 3U);
    EXPECT_EQ(seen.sessions[0].before, 4);
    EXPECT_EQ(seen.sessions[0].after, 2);
    EXPECT_TRUE(seen.sessions[2].is_new);
    EXPECT_EQ(seen.sessions[2].before, 0);
    EXPECT_EQ(seen.sessions[2].after, 3);
}

TEST(PlanPreview, StickyMovesTheLeastPossible) {
    for (int more = 1; more <= 9; ++more) {
        std::vector<session_id> ids;
        for (int i = 0; i < more; ++i) {
            ids.push_back(id_of(static_cast<unsigned char>(0x20 + i)));
        }
        const auto seen = preview_plan("mail", two_of_eight("sticky"), {.more = more}, ids);
        EXPECT_EQ(seen.moved, seen.least_possible);
        EXPECT_GT(seen.moved, 0);
    }
}

TEST(PlanPreview, WhoIsTakenAwayLeavesForGoodThoughItsSeatWouldBeKept) {
    auto record = two_of_eight("sticky");
    record.sessions[0].named = true;
    const auto seen = preview_plan("mail", record, {.without = {"ann"}}, {});
    EXPECT_EQ(seen.moved, 4);
    EXPECT_EQ(seen.moves.at(0).why, "leave");
    EXPECT_EQ(seen.moves.at(0).to, bob.id);
    EXPECT_TRUE(seen.sessions[0].goes);
    EXPECT_EQ(seen.sessions[0].after, 0);
    EXPECT_EQ(seen.sessions[1].after, 8);
}

TEST(PlanPreview, WithoutAnybodyThePartsAreNobodys) {
    const auto seen =
        preview_plan("mail", two_of_eight("sticky"), {.without = {"ann", "bob", "ann"}}, {});
    EXPECT_EQ(seen.moved, 8);
    EXPECT_EQ(seen.after, std::vector<std::optional<session_id>>(8));
    ASSERT_EQ(seen.moves.size(), 2U);
    EXPECT_EQ(seen.moves[0].to, std::nullopt);
}

TEST(PlanPreview, WhoIsNotThereCannotBeTakenAway) {
    EXPECT_THROW(preview_plan("mail", two_of_eight("sticky"), {.without = {"eve"}}, {}),
                 std::runtime_error);
}

}  // namespace
}  // namespace leasehold
