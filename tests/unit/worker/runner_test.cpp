#include "worker/runner.hpp"

#include "tests/support/no_help.hpp"
#include "tests/unit/worker/runner_seat.hpp"

#include <gtest/gtest.h>

#include <optional>
#include <utility>

namespace leasehold {
namespace {

using namespace std::chrono_literals;

/// A server that takes acknowledgements, answers no COMMIT and remembers nothing.
struct forgetful_server final : test::calls_without_help {
    std::size_t asked_about = 0;

    std::vector<part_head> due(const std::vector<part_id>&) override { return {}; }
    doubtful<claimed> claim_from(const session_id&, const std::vector<part_share>&) override {
        return {};
    }
    std::vector<claim> cancel_asked(std::span<const claim>) override { return {}; }
    std::vector<claim> held(const session_id&, const std::vector<part_id>&) override { return {}; }
    doubtful<std::vector<ack_result>> acknowledge(std::span<const ack_request>) override {
        return {.doubt = sql_failure{sql_failure_kind::in_doubt, "08006", "gone"}};
    }
    commit_fate fate(const std::string&, std::span<const claim> ending) override {
        asked_about = ending.size();
        return commit_fate::unknown;
    }
    void wait(milliseconds) override {}
};

struct Runner : runner_seat {
    forgetful_server server;
    const queue_info queue{.name = "jobs", .part_count = 1};
    claim_ways ways;
    runner works{server, queue, {}, sessions, book, ways, counters, events, time, [] {}};

    /// A handler's outcome under the session that stands now.
    void finish_one() {
        claim one{.session = *book.session(), .fence = {1}};
        one.held.id = random_item_id();
        book.grant(one.session, {{{0}, {1}}});
        book.add({one});
        EXPECT_TRUE(book.finish(*book.start_next(time.now()), complete{}, time.now()));
    }
};

TEST_F(Runner, AClaimGoneUnderAStandingSessionWasAcknowledged) {
    sessions.tick();
    finish_one();
    works.tick();
    EXPECT_EQ(server.asked_about, 1U);
    EXPECT_EQ(counters.summary().completed, 1);
}

// Others free the claims of a session that is over: that one is gone tells nothing.
TEST_F(Runner, AClaimGoneAfterItsSessionMayHaveBeenFreedByAnother) {
    sessions.tick();
    finish_one();
    time.advance(1h);
    sessions.tick();  // trust has ended: a new session
    ASSERT_TRUE(sessions.current());
    works.tick();
    EXPECT_EQ(server.asked_about, 0U);
    EXPECT_EQ(counters.summary().completed, 0);
    EXPECT_EQ(counters.summary().unknown, 1);
}

/// A part that always seems to have something due, and gives it only when told to.
struct blocked_part final : test::calls_without_help {
    test::fake_clock& time;
    int looks = 0;
    int rounds = 0;
    bool more = false;
    std::vector<claim> gives{};
    std::vector<claim> cancels{};
    std::vector<claim> kept{};
    std::optional<sql_failure> doubt{};
    std::function<void()> during_look{};  ///< at claims that are in doubt

    explicit blocked_part(test::fake_clock& clock) : time(clock) {}
    std::vector<part_head> due(const std::vector<part_id>& parts) override {
        ++looks;
        time.advance(3ms);  // a look takes its time
        return {{parts.front(), 0, 0}};
    }
    doubtful<claimed> claim_from(const session_id&, const std::vector<part_share>& asked) override {
        ++rounds;
        if (doubt) {
            return {.doubt = std::exchange(doubt, std::nullopt)};
        }
        doubtful<claimed> made{.answer = {.claims = std::exchange(gives, {})}};
        for (const auto& one : asked) {
            if (more) {
                made.answer.more.push_back(one.part);
            }
        }
        return made;
    }
    std::vector<claim> cancel_asked(std::span<const claim>) override { return cancels; }
    std::vector<claim> held(const session_id&, const std::vector<part_id>&) override {
        if (during_look) {
            during_look();
        }
        return kept;
    }
    doubtful<std::vector<ack_result>> acknowledge(std::span<const ack_request> all) override {
        return {.answer = {all.size(), ack_result::acknowledged}};
    }
    commit_fate fate(const std::string&, std::span<const claim>) override {
        return commit_fate::unknown;
    }
    void wait(milliseconds) override {}
};

struct KeyedRunner : runner_seat {
    blocked_part server{time};
    const queue_info queue{.name = "jobs", .part_count = 1, .keyed = true};
    claim_ways ways;
    runner works{server,   queue,  {.slots = 2, .poll = 10'000ms},
                 sessions, book,   ways,
                 counters, events, time,
                 [] {}};

    void SetUp() override {
        sessions.tick();
        book.grant(*book.session(), {{{0}, {1}}});
    }
    claim some_claim() {
        claim one{.session = *book.session(), .fence = {1}};
        one.held.id = random_item_id();
        return one;
    }
};

// Due, but behind an item of its own key that runs or waits.
TEST_F(KeyedRunner, WhatCannotBeHadYetIsNotAskedForAgainAtOnce) {
    for (int i = 0; i < 10; ++i) {
        const auto next = works.tick();
        EXPECT_GT(next, time.now() + 100ms);
        EXPECT_LE(next, time.now() + 1s) << "cancelling is looked for meanwhile";
        time.advance(10ms);
    }
    EXPECT_EQ(server.looks, 1);
    EXPECT_EQ(server.rounds, 1);
}

TEST_F(KeyedRunner, TheEndOfAClaimIsAReasonToLookAtOnce) {
    server.gives = {some_claim()};
    works.tick();  // takes the one that is to be had, looks again, and finds the rest blocked
    works.tick();
    const int looks = server.looks;
    const auto one = book.start_next(time.now());
    ASSERT_TRUE(one);
    works.tick();
    EXPECT_EQ(server.looks, looks) << "nothing has ended";
    EXPECT_TRUE(book.finish_acknowledged(*one, time.now()));  // as a slot does
    book.forget(one->held);
    works.tick();
    EXPECT_EQ(server.looks, looks + 1);
}

TEST_F(KeyedRunner, ALongWalkOverBlockedKeysComesToARest) {
    server.more = true;
    works.tick();
    EXPECT_GT(server.rounds, 10);
    EXPECT_LE(server.rounds, 100);
    const int rounds = server.rounds;
    time.advance(10ms);
    works.tick();
    EXPECT_EQ(server.rounds, rounds);
}

const sql_failure unanswered{sql_failure_kind::in_doubt, "08006", "gone"};

TEST_F(KeyedRunner, OfClaimsInDoubtThoseAreTakenThatTheItemsShow) {
    const auto kept = some_claim();
    server.kept = {kept};
    server.doubt = unanswered;
    works.tick();
    const auto one = book.start_next(time.now());
    ASSERT_TRUE(one);
    EXPECT_EQ(one->held.held.id, kept.held.id);
    EXPECT_FALSE(book.start_next(time.now()));
}

// A slot ends its claim by itself, at any time: what is seen of it is old.
TEST_F(KeyedRunner, AClaimThatEndsDuringTheLookAtThoseInDoubtIsNotRunOnceMore) {
    server.gives = {some_claim()};
    works.tick();
    const auto one = book.start_next(time.now());
    ASSERT_TRUE(one);
    server.kept = {one->held};
    server.doubt = unanswered;
    server.during_look = [&] {
        EXPECT_TRUE(book.finish_acknowledged(*one, time.now()));
        book.forget(one->held);
    };
    works.items_came({{0}}, false);
    EXPECT_THROW(works.tick(), sql_failure);
    EXPECT_FALSE(book.start_next(time.now()));
}

TEST_F(KeyedRunner, ACancelledRunIsToldWithinASecondHoweverLongThePoll) {
    server.gives = {some_claim()};
    works.tick();
    const auto one = book.start_next(time.now());
    server.cancels = {one->held};
    const auto begun = time.now();
    while (!one->stop.stop_requested()) {
        const auto next = works.tick();
        ASSERT_LE(time.now(), begun + 1'100ms);
        time.advance(std::chrono::duration_cast<milliseconds>(next - time.now()) + 1ms);
    }
}

}  // namespace
}  // namespace leasehold
