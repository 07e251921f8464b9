#include "parts/replan_rules.hpp"

#include "tests/support/numbered.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <set>

namespace leasehold {
namespace {

using namespace std::chrono_literals;

using test::session;

session_row live(unsigned char first, const std::string& name = "") {
    session_row row;
    row.id = session(first);
    row.name = name.empty() ? "host:1" : name;
    row.named = !name.empty();
    row.state = "live";
    row.live = true;
    return row;
}

session_row leaving(unsigned char first, const std::string& name = "") {
    auto row = live(first, name);
    row.state = "leaving";
    return row;
}

session_row dead(unsigned char first, const std::string& name = "") {
    auto row = live(first, name);
    row.live = false;
    return row;
}

session_row cordoned(unsigned char first) {
    auto row = live(first);
    row.cordoned = true;
    return row;
}

plan_record record_of(std::vector<session_row> sessions, const std::string& strategy = "sticky") {
    plan_record record{.strategy = strategy,
                       .part_count = 8,
                       .is_ready = true,
                       .restart_grace = 5s,
                       .sessions = std::move(sessions)};
    record.planned.resize(8);
    record.loads.resize(8);
    return record;
}

/// `record` once its next plan is written, with other sessions.
plan_record after(plan_record record, std::vector<session_row> sessions) {
    for (const auto& one : next_plan(record).parts) {
        record.planned[static_cast<std::size_t>(one.part.value)] = one.to;
    }
    record.sessions = std::move(sessions);
    return record;
}

std::set<std::string> reasons(const plan_changes& changes) {
    std::set<std::string> all;
    for (const auto& one : changes.parts) {
        all.insert(one.why);
    }
    return all;
}

std::set<session_id> receivers(const plan_changes& changes) {
    std::set<session_id> all;
    for (const auto& one : changes.parts) {
        if (one.to) {
            all.insert(*one.to);
        }
    }
    return all;
}

using words = std::set<std::string>;

TEST(NextPlan, TheFirstSessionGetsEverything) {
    const auto changes = next_plan(record_of({live(1)}));
    EXPECT_EQ(changes.parts.size(), 8U);
    EXPECT_EQ(changes.seats, 1);
    EXPECT_EQ(reasons(changes), words{"join"});
    EXPECT_FALSE(changes.next) << "nothing but a change makes another";
}

TEST(NextPlan, OnceWrittenNothingIsLeftToChange) {
    const auto settled = after(record_of({live(1), live(2)}), {live(1), live(2)});
    EXPECT_TRUE(next_plan(settled).parts.empty());
}

TEST(NextPlan, SaysWhyAPartMoves) {
    const auto two = after(record_of({live(1), live(2)}), {});
    const auto reason_with = [&](std::vector<session_row> sessions) {
        auto record = two;
        record.sessions = std::move(sessions);
        return reasons(next_plan(record));
    };
    EXPECT_EQ(reason_with({live(1), live(2), live(3)}), words{"join"});
    EXPECT_EQ(reason_with({live(1), leaving(2)}), words{"leave"});
    EXPECT_EQ(reason_with({live(1)}), words{"leave"}) << "it left and is gone";
    EXPECT_EQ(reason_with({live(1), dead(2)}), words{"expired"});
    EXPECT_EQ(reason_with({live(1), cordoned(2)}), words{"cordon"});
    auto heavier = live(2);
    heavier.weight = 3;
    EXPECT_EQ(reason_with({live(1), heavier}), words{"plan"});
}

// Most parts that move under `lexical` move between sessions that stay.
TEST(NextPlan, PartsThatMoveInTheWakeOfAChangeNameThatChange) {
    const auto three =
        after(record_of({live(1), live(2), live(3)}, "lexical"), {live(1), live(2), live(3)});
    auto record = three;
    record.sessions = {live(1), live(2), dead(3)};
    EXPECT_EQ(reasons(next_plan(record)), words{"expired"});
    record.sessions = {live(1), live(2), live(3), live(4)};
    EXPECT_EQ(reasons(next_plan(record)), words{"join"});
}

TEST(NextPlan, WhoIsLeavingExpiredCordonedOrEvictedGetsNothing) {
    auto evicted = live(4);
    evicted.state = "evicted";
    const auto changes = next_plan(record_of({live(1), leaving(2), dead(3), evicted, cordoned(5)}));
    EXPECT_EQ(receivers(changes), std::set<session_id>{session(1)});
    EXPECT_EQ(changes.seats, 1);
}

TEST(NextPlan, AQueueThatIsNotReadyIsPlannedForNobody) {
    auto record = after(record_of({live(1)}), {live(1)});
    record.is_ready = false;
    const auto changes = next_plan(record);
    EXPECT_EQ(changes.parts.size(), 8U);
    EXPECT_TRUE(receivers(changes).empty());
    EXPECT_EQ(changes.seats, 0);
    EXPECT_EQ(changes.next, 1s) << "to see whether it still grows";
}

TEST(NextPlan, ANamedSessionThatLeavesKeepsItsPartsForARestart) {
    auto record = after(record_of({live(1, "a"), live(2, "b")}), {live(1, "a"), leaving(2, "b")});
    EXPECT_TRUE(next_plan(record).parts.empty()) << "while it is on its way out";

    record.sessions = {live(1, "a")};
    record.vacant = {{.seat = {.id = session(2), .name = "b"}, .left = 1'000ms}};
    const auto waiting = next_plan(record);
    EXPECT_TRUE(waiting.parts.empty());
    EXPECT_TRUE(waiting.forgotten.empty());
    EXPECT_EQ(waiting.next, 4'000ms) << "when the grace is over";

    record.sessions = {live(1, "a"), live(3, "b")};
    const auto back = next_plan(record);
    EXPECT_EQ(back.parts.size(), 4U);
    EXPECT_EQ(receivers(back), std::set<session_id>{session(3)});
    EXPECT_EQ(back.forgotten, std::vector<session_id>{session(2)});
    EXPECT_FALSE(back.next);
}

TEST(NextPlan, AfterTheGraceThePartsGoToThoseWhoAreThere) {
    auto record = after(record_of({live(1, "a"), live(2, "b")}), {live(1, "a")});
    record.vacant = {{.seat = {.id = session(2), .name = "b"}, .left = 5'000ms}};
    const auto changes = next_plan(record);
    EXPECT_EQ(receivers(changes), std::set<session_id>{session(1)});
    EXPECT_EQ(changes.forgotten, std::vector<session_id>{session(2)});
}

TEST(NextPlan, WithoutGraceNobodysPartsAreKept) {
    auto record = after(record_of({live(1, "a"), live(2, "b")}), {live(1, "a"), leaving(2, "b")});
    record.restart_grace = 0ms;
    EXPECT_EQ(receivers(next_plan(record)), std::set<session_id>{session(1)});
}

// A crash: others take over at once, unless its successor is here before them.
TEST(NextPlan, TheDeadKeepTheirPartsOnlyForASuccessorThatIsThere) {
    auto record = after(record_of({live(1, "a"), live(2, "b")}), {live(1, "a"), dead(2, "b")});
    EXPECT_EQ(receivers(next_plan(record)), std::set<session_id>{session(1)});
    record.sessions = {live(1, "a"), dead(2, "b"), live(3, "b")};
    const auto changes = next_plan(record);
    EXPECT_EQ(changes.parts.size(), 4U);
    EXPECT_EQ(receivers(changes), std::set<session_id>{session(3)});
}

TEST(NextPlan, LoadsAreWeighedFromTimeToTimeWhereTheyCount) {
    EXPECT_EQ(next_plan(record_of({live(1), live(2)}, "balanced")).next, 10'000ms);
    EXPECT_FALSE(next_plan(record_of({live(1)}, "balanced")).next) << "nobody to share with";
}

}  // namespace
}  // namespace leasehold
