#include "worker/runner.hpp"

#include "tests/support/fake_clock.hpp"

#include <gtest/gtest.h>

namespace leasehold {
namespace {

using namespace std::chrono_literals;

/// A server that takes acknowledgements, answers no COMMIT and remembers nothing.
struct forgetful_server final : item_calls {
    std::size_t asked_about = 0;

    std::vector<part_head> due(const std::vector<part_id>&) override { return {}; }
    doubtful<claimed> claim_from(const session_id&, const std::vector<part_id>&, int) override {
        return {};
    }
    std::vector<claim> cancel_asked(std::span<const claim>) override { return {}; }
    doubtful<std::vector<ack_result>> acknowledge(std::span<const ack_request> all) override {
        return {.answer = {all.size(), ack_result::acknowledged},
                .transaction = "1",
                .doubt = sql_failure{sql_failure_kind::in_doubt, "08006", "gone"}};
    }
    commit_fate fate(const std::string&, std::span<const claim> ending) override {
        asked_about = ending.size();
        return commit_fate::unknown;
    }
    void wait(milliseconds) override {}
};

struct always_there final : session_calls {
    void register_session(const session_id&) override {}
    extend_outcome extend(const session_id&) override { return extend_outcome::extended; }
};

struct Runner : testing::Test, session_events {
    test::fake_clock time;
    claim_book book{2, 10};
    always_there registry;
    session_keeper sessions{{}, registry, *this, time};
    work_counters counters;
    work_events events;
    forgetful_server server;
    const queue_info queue{.name = "jobs", .part_count = 1};
    runner works{server, queue, {}, sessions, book, counters, events, time, [] {}};

    void session_began(const session_id& id) override { book.begin(id); }
    void session_ended(const session_id& id, session_end) override { book.end(id); }

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

}  // namespace
}  // namespace leasehold
