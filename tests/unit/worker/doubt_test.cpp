#include "worker/doubt.hpp"

#include <gtest/gtest.h>

#include <deque>

namespace leasehold {
namespace {

/// Answers one after another; an empty one is a server out of reach.
struct scripted_doubts final : doubt_calls {
    std::deque<std::optional<commit_fate>> answers;
    int waits = 0;

    explicit scripted_doubts(std::deque<std::optional<commit_fate>> script)
        : answers(std::move(script)) {}
    commit_fate fate(const std::string&, std::span<const claim>) override {
        const auto answer = answers.front();
        answers.pop_front();
        if (!answer) {
            throw sql_failure(sql_failure_kind::reconnect, "08006", "away");
        }
        return *answer;
    }
    void wait(milliseconds) override { ++waits; }
};

const sql_failure unanswered{sql_failure_kind::in_doubt, "08006", "COMMIT was sent"};
const std::vector<claim> one_claim(1);

bool trusted() { return true; }

TEST(Doubt, IsAskedUntilTheServerIsBackAndTheTransactionOver) {
    scripted_doubts calls{{std::nullopt, commit_fate::running, commit_fate::committed}};
    EXPECT_TRUE(was_acknowledged(calls, unanswered, "7", one_claim, trusted));
    EXPECT_EQ(calls.waits, 2);
}

TEST(Doubt, ARolledBackAcknowledgementIsMadeAgain) {
    scripted_doubts calls{{commit_fate::rolled_back}};
    try {
        static_cast<void>(was_acknowledged(calls, unanswered, "7", one_claim, trusted));
        FAIL() << "took a rollback for an end";
    } catch (const sql_failure& failure) {
        EXPECT_EQ(failure.kind(), sql_failure_kind::reconnect);
    }
}

// Nobody but its own session ends the claim of a session that stands.
TEST(Doubt, AForgottenTransactionWhoseClaimIsGoneWasCommitted) {
    scripted_doubts calls{{commit_fate::unknown}};
    EXPECT_TRUE(was_acknowledged(calls, unanswered, "7", one_claim, trusted));
}

TEST(Doubt, WithoutTrustNothingIsConcludedFromAClaimThatIsGone) {
    bool still = true;
    struct ends_trust final : doubt_calls {
        bool& still;
        explicit ends_trust(bool& flag) : still(flag) {}
        commit_fate fate(const std::string&, std::span<const claim>) override {
            still = false;
            return commit_fate::unknown;
        }
        void wait(milliseconds) override {}
    } calls{still};
    EXPECT_FALSE(was_acknowledged(calls, unanswered, "7", one_claim, [&] { return still; }));
    EXPECT_FALSE(was_acknowledged(calls, unanswered, "7", one_claim, [&] { return still; }))
        << "not even asked";
}

TEST(Doubt, AForgottenTransactionThatClaimsIsNotTakenForGranted) {
    scripted_doubts calls{{commit_fate::unknown}};
    EXPECT_EQ(resolved_fate(calls, "7", {}, trusted), commit_fate::unknown);
}

}  // namespace
}  // namespace leasehold
