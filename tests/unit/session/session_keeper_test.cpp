#include "session/session_keeper.hpp"

#include "tests/support/fake_clock.hpp"

#include <gtest/gtest.h>

#include <utility>
#include <vector>

namespace leasehold {
namespace {

using namespace std::chrono_literals;

struct fake_calls final : session_calls {
    test::fake_clock& time;
    std::vector<session_id> registered{};
    int beats = 0;
    bool lost = false;  ///< no answer comes
    milliseconds answer_takes{0};
    extend_outcome answer = extend_outcome::extended;

    explicit fake_calls(test::fake_clock& clock) : time(clock) {}
    void fail_if_lost() const {
        if (lost) {
            throw sql_failure(sql_failure_kind::reconnect, "08006", "gone");
        }
    }
    void register_session(const session_id& id) override {
        time.advance(answer_takes);
        fail_if_lost();
        registered.push_back(id);
    }
    extend_outcome extend(const session_id&) override {
        time.advance(answer_takes);
        fail_if_lost();
        ++beats;
        return answer;
    }
};

struct heard_events final : session_events {
    std::vector<session_id> began{};
    std::vector<std::pair<session_id, session_end>> ended{};
    void session_began(const session_id& id) override { began.push_back(id); }
    void session_ended(const session_id& id, session_end why) override {
        ended.emplace_back(id, why);
    }
    std::vector<session_id> evicted{};
    void session_evicted(const session_id& id) override { evicted.push_back(id); }
};

struct SessionKeeper : testing::Test {
    test::fake_clock time;
    fake_calls calls{time};
    heard_events events;
    session_keeper keeper{{.ttl = 9000ms, .margin = 2000ms}, calls, events, time};
};

TEST_F(SessionKeeper, AnEvictedSessionIsToldAndStandsUntilItHasLeft) {
    keeper.tick();
    calls.answer = extend_outcome::evicted;
    keeper.tick();
    ASSERT_EQ(events.evicted.size(), 1U);
    EXPECT_EQ(events.evicted[0], calls.registered[0]);
    EXPECT_TRUE(keeper.current());
}

TEST_F(SessionKeeper, RegistersThenBeatsThreeTimesATtl) {
    EXPECT_FALSE(keeper.current());
    const auto next = keeper.tick();
    ASSERT_EQ(calls.registered.size(), 1U);
    EXPECT_EQ(keeper.current()->id, calls.registered[0]);
    EXPECT_EQ(next, time.now() + 3000ms);
    time.advance(3000ms);
    keeper.tick();
    EXPECT_EQ(calls.beats, 1);
}

TEST_F(SessionKeeper, ASlowAnswerDoesNotExtendTrust) {
    calls.answer_takes = 4000ms;
    const auto sent = time.now();
    keeper.tick();
    EXPECT_EQ(keeper.current()->trust.ends_at(), sent + 7000ms);
    time.advance(2999ms);
    EXPECT_TRUE(keeper.current());
    time.advance(1ms);
    EXPECT_FALSE(keeper.current());
}

// In between, everyone has been told that it is over, and has let go of what it held.
TEST_F(SessionKeeper, AnAnswerThatComesAfterTrustHasEndedRevivesNothing) {
    keeper.tick();
    const auto old = keeper.current()->id;
    time.advance(6500ms);
    calls.answer_takes = 500ms;
    const auto next = keeper.tick();
    EXPECT_EQ(next, time.now());
    EXPECT_FALSE(keeper.current());
    ASSERT_EQ(events.ended.size(), 1U);
    EXPECT_EQ(events.ended[0], std::make_pair(old, session_end::untrusted));
    calls.answer_takes = 0ms;
    keeper.tick();
    EXPECT_NE(keeper.current()->id, old);
}

TEST_F(SessionKeeper, AFailedHeartbeatChangesNoBelief) {
    keeper.tick();
    const auto ends_at = keeper.current()->trust.ends_at();
    time.advance(3000ms);
    calls.lost = true;
    EXPECT_THROW(keeper.tick(), sql_failure);
    EXPECT_EQ(keeper.current()->trust.ends_at(), ends_at);
    EXPECT_TRUE(events.ended.empty());
}

TEST_F(SessionKeeper, WithoutAnAnswerTrustEndsAndAFreshIdFollows) {
    keeper.tick();
    const auto old = keeper.current()->id;
    calls.lost = true;
    time.advance(7000ms);
    EXPECT_FALSE(keeper.current());
    EXPECT_THROW(keeper.tick(), sql_failure);  // ends the old one, cannot begin another yet
    ASSERT_EQ(events.ended.size(), 1U);
    EXPECT_EQ(events.ended[0], std::make_pair(old, session_end::untrusted));
    calls.lost = false;
    keeper.tick();
    EXPECT_NE(keeper.current()->id, old);
}

TEST_F(SessionKeeper, ASessionTheServerHasEndedIsNeverBeatenAgain) {
    keeper.tick();
    const auto old = keeper.current()->id;
    calls.answer = extend_outcome::gone;
    time.advance(3000ms);
    EXPECT_EQ(keeper.tick(), time.now());
    EXPECT_EQ(events.ended[0], std::make_pair(old, session_end::gone));
    EXPECT_FALSE(keeper.current());
    keeper.tick();
    EXPECT_EQ(calls.registered.size(), 2U);
    EXPECT_NE(keeper.current()->id, old);
}

TEST_F(SessionKeeper, ALostAnswerToRegisteringNeverReusesTheId) {
    calls.lost = true;
    EXPECT_THROW(keeper.tick(), sql_failure);
    EXPECT_TRUE(events.began.empty());
    calls.lost = false;
    keeper.tick();
    EXPECT_EQ(events.began.size(), 1U);
}

TEST_F(SessionKeeper, ARetiredOneBeatsOnButNeverBeginsAgain) {
    keeper.tick();
    keeper.retire();
    time.advance(3000ms);
    keeper.tick();
    EXPECT_EQ(calls.beats, 1);
    calls.answer = extend_outcome::gone;
    time.advance(3000ms);
    keeper.tick();
    keeper.tick();
    EXPECT_EQ(calls.registered.size(), 1U);
}

}  // namespace
}  // namespace leasehold
