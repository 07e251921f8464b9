#include <leasehold/claim_guard.hpp>
#include <leasehold/enqueue.hpp>

#include "items/claim_store.hpp"
#include "tests/support/seats.hpp"

#include <gtest/gtest.h>
#include <pqxx/pqxx>

namespace leasehold {
namespace {

using namespace std::chrono_literals;
using serializable = pqxx::transaction<pqxx::isolation_level::serializable>;

struct Acknowledge : testing::Test {
    test::fresh_database database;
    queue_info queue = database.make_queue("jobs", 1);
    test::hand_driven seat{database, queue};

    void SetUp() override { seat.take({{0}}); }
    claim claimed(int max_attempts = 5) {
        seat.put({{.payload = "{}", .max_attempts = max_attempts}});
        return seat.claim_from({0}, 1).front();
    }
    std::string value(const std::string& expression) {
        const auto rows = database.sql("SELECT " + expression + " FROM leasehold.items_jobs");
        return rows.empty() ? "no row" : rows[0][0].c_str();
    }
};

TEST_F(Acknowledge, CompletedOnceThenLost) {
    const auto held = claimed();
    EXPECT_EQ(seat.end(held), ack_result::acknowledged);
    EXPECT_EQ(seat.end(held), ack_result::lost);
    EXPECT_EQ(value("id"), "no row");
}

// Each part of the fence by itself: part, id, claim and token.
TEST_F(Acknowledge, NeedsTheVeryClaim) {
    const auto held = claimed();
    auto wrong = held;
    wrong.fence.value += 1;
    EXPECT_EQ(seat.end(wrong), ack_result::lost);
    wrong = held;
    wrong.session = random_session_id();
    EXPECT_EQ(seat.end(wrong), ack_result::lost);
    wrong = held;
    wrong.held.id = random_item_id();
    EXPECT_EQ(seat.end(wrong), ack_result::lost);
    EXPECT_EQ(value("token"), "1");
    EXPECT_EQ(seat.end(held), ack_result::acknowledged);
}

TEST_F(Acknowledge, AnEarlierClaimOfTheSameSessionOnTheSameItemIsLost) {
    const auto first = claimed();
    ASSERT_EQ(seat.end(first, row_returned{.attempts_given_back = 1}), ack_result::acknowledged);
    const auto second = seat.claim_from({0}, 1).front();
    EXPECT_EQ(second.held.id, first.held.id);
    EXPECT_EQ(second.fence.value, 2);
    EXPECT_EQ(seat.end(first), ack_result::lost);
    EXPECT_EQ(seat.end(second), ack_result::acknowledged);
}

TEST_F(Acknowledge, RetrySnoozeAndReleaseLeaveTheRowAsTheySay) {
    auto held = claimed();
    ASSERT_EQ(seat.end(held, row_returned{.delay = 1h, .error = "broken \"{}\" ä"}),
              ack_result::acknowledged);
    EXPECT_EQ(value("claim IS NULL AND attempt = 1 AND run_at BETWEEN now() + '59 min' AND "
                    "now() + '61 min'"),
              "t");
    EXPECT_EQ(value("last_error"), "broken \"{}\" ä");

    held = claimed();
    ASSERT_EQ(seat.end(held, row_returned{.delay = 1h, .attempts_given_back = 1}),
              ack_result::acknowledged);
    const auto rows = database.sql(
        "SELECT count(*) FROM leasehold.items_jobs WHERE attempt = 0 AND run_at > now()");
    EXPECT_EQ(rows[0][0].as<int>(), 1);
}

TEST_F(Acknowledge, ABuriedItemIsDeadAndKeepsItsStory) {
    const auto held = claimed();
    ASSERT_EQ(seat.end(held, row_buried{"hopeless"}), ack_result::acknowledged);
    EXPECT_EQ(value("id"), "no row");
    const auto dead = database.sql(
        "SELECT queue, id::text, attempt, token, last_error FROM leasehold.dead_items");
    ASSERT_EQ(dead.size(), 1U);
    EXPECT_STREQ(dead[0][0].c_str(), "jobs");
    EXPECT_EQ(dead[0][1].c_str(), to_text(held.held.id));
    EXPECT_EQ(dead[0][2].as<int>(), 1);
    EXPECT_STREQ(dead[0][4].c_str(), "hopeless");
    EXPECT_EQ(seat.end(held, row_buried{"hopeless"}), ack_result::lost);
}

TEST_F(Acknowledge, AMixedBatchReportsEachItemByItself) {
    seat.put({{.payload = "1"}, {.payload = "2"}, {.payload = "3"}, {.payload = "4"}});
    const auto claims = seat.claim_from({0}, 4);
    auto gone = claims[1];
    gone.fence.value = 99;
    const std::vector<ack_request> batch{{claims[0], row_done{}},
                                         {gone, row_done{}},
                                         {claims[2], row_buried{"x"}},
                                         {claims[3], row_returned{}}};
    const auto results =
        seat.transact([&](transaction& tx) { return acknowledge(tx, queue, batch); });
    EXPECT_EQ(results, (std::vector{ack_result::acknowledged, ack_result::lost,
                                    ack_result::acknowledged, ack_result::acknowledged}));
}

struct ClaimGuard : Acknowledge {
    pqxx::connection service{database.dsn()};
    void SetUp() override {
        Acknowledge::SetUp();
        database.sql("CREATE TABLE effects (item uuid PRIMARY KEY)");
    }
    int effects() { return database.sql("SELECT count(*) FROM effects")[0][0].as<int>(); }
};

TEST_F(ClaimGuard, EffectsAndAcknowledgementCommitTogether) {
    const claim_guard guard{queue, claimed()};
    {
        serializable tx{service};
        tx.exec("INSERT INTO effects VALUES ('" + to_text(guard.held().held.id) + "')");
        EXPECT_EQ(guard.acknowledge(tx, complete{}), ack_result::acknowledged);
        EXPECT_EQ(value("token"), "1");  // nothing is visible before the commit
        tx.commit();
    }
    EXPECT_EQ(effects(), 1);
    EXPECT_EQ(value("id"), "no row");
}

TEST_F(ClaimGuard, AfterLostTheTransactionCannotCommit) {
    const auto held = claimed();
    ASSERT_EQ(seat.end(held), ack_result::acknowledged);
    const claim_guard guard{queue, held};
    serializable tx{service};
    tx.exec("INSERT INTO effects VALUES ('" + to_text(held.held.id) + "')");
    EXPECT_EQ(guard.acknowledge(tx, complete{}), ack_result::lost);
    try {
        tx.commit();  // libpqxx may or may not say so; the server does not commit
    } catch (const std::exception&) {
    }
    EXPECT_EQ(effects(), 0);
}

// Whatever the handler wants, in the service's own transaction: nothing before its commit, all of
// it after, nothing when the claim is lost.
struct Outcome {
    const char* name;
    outcome wish;
    const char* then;  ///< of the row that is left: its attempt, error and whether it is due
};

struct EveryOutcome : ClaimGuard, testing::WithParamInterface<Outcome> {
    std::string row() {
        const auto rows = database.sql(
            "SELECT CASE WHEN claim IS NULL THEN '' ELSE 'claimed ' END || attempt || ' ' || "
            "coalesce(last_error, '-') || CASE WHEN run_at > now() THEN ' later' ELSE '' END "
            "FROM leasehold.items_jobs UNION ALL SELECT reason || ' ' || last_error "
            "FROM leasehold.dead_items");
        return rows.empty() ? "gone" : rows[0][0].c_str();
    }
};

TEST_P(EveryOutcome, CommitsWithTheEffectsOfTheServiceOrNotAtAll) {
    const claim_guard guard{queue, claimed()};
    const auto end_it = [&](auto& tx) {
        tx.exec("INSERT INTO effects VALUES ('" + to_text(guard.held().held.id) + "')");
        return guard.acknowledge(tx, GetParam().wish);
    };
    {
        serializable tx{service};
        EXPECT_EQ(end_it(tx), ack_result::acknowledged);
        tx.abort();
    }
    EXPECT_EQ(row(), "claimed 1 -");
    {
        serializable tx{service};
        EXPECT_EQ(end_it(tx), ack_result::acknowledged);
        tx.commit();
    }
    EXPECT_EQ(row(), GetParam().then);
    EXPECT_EQ(effects(), 1);
    database.sql("DELETE FROM effects");
    {
        serializable tx{service};
        EXPECT_EQ(end_it(tx), ack_result::lost);
        try {
            tx.commit();
        } catch (const std::exception&) {
        }
    }
    EXPECT_EQ(row(), GetParam().then);
    EXPECT_EQ(effects(), 0);
}

INSTANTIATE_TEST_SUITE_P(
    Outcomes, EveryOutcome,
    testing::Values(Outcome{"Complete", complete{}, "gone"},
                    Outcome{"Retry", retry{.error = "e", .delay = 1h}, "1 e later"},
                    Outcome{"Snooze", snooze{1h}, "0 - later"},
                    Outcome{"Bury", bury{"b"}, "buried b"}, Outcome{"Release", release{}, "0 -"},
                    Outcome{"Cancel", cancel{"c"}, "cancelled c"}),
    [](const auto& one) { return one.param.name; });

TEST_F(ClaimGuard, ProgressIsKeptOnTheItemAndOutlivesTheClaim) {
    const claim_guard guard{queue, claimed()};
    const auto note = [&](const progress& far) {
        serializable tx{service};
        const auto standing = guard.note_progress(tx, far);
        tx.commit();
        return standing;
    };
    EXPECT_EQ(note({.percent = 40, .note = "page 2"}), claim_standing::held);
    EXPECT_EQ(value("progress || ' ' || note"), "40 page 2");
    EXPECT_EQ(note({.percent = 60}), claim_standing::held);
    EXPECT_EQ(value("progress || ' ' || note"), "60 page 2");
    EXPECT_EQ(note({}), claim_standing::held);
    ASSERT_EQ(seat.end(guard.held(), row_returned{}), ack_result::acknowledged);
    EXPECT_EQ(value("progress || ' ' || note"), "60 page 2");
    EXPECT_THROW(static_cast<void>(note({.percent = 101})), std::invalid_argument);
    EXPECT_THROW(static_cast<void>(note({.note = std::string(1'001, 'x')})), std::invalid_argument);
}

TEST_F(ClaimGuard, ProgressOfALostClaimCannotBeCommittedAndNeitherCanWhatCameBefore) {
    const claim_guard guard{queue, claimed()};
    ASSERT_EQ(seat.end(guard.held(), row_returned{}), ack_result::acknowledged);
    serializable tx{service};
    tx.exec("INSERT INTO effects VALUES ('" + to_text(guard.held().held.id) + "')");
    EXPECT_EQ(guard.note_progress(tx, {.percent = 1}), claim_standing::lost);
    try {
        tx.commit();
    } catch (const std::exception&) {
    }
    EXPECT_EQ(effects(), 0);
    EXPECT_EQ(value("coalesce(progress, -1)"), "-1");
}

// What a service does when its COMMIT gets no answer: it looks.
TEST_F(ClaimGuard, ACommitWithoutAnAnswerIsLookedUp) {
    database.needs_postgres("names of transactions");
    const claim_guard guard{queue, claimed()};
    pqxx::connection fresh{database.dsn()};
    const auto look_back = [&](const claim_guard& one, const std::string& name) {
        serializable tx{fresh};
        return one.look_back(tx, name);
    };
    std::string name;
    {
        serializable tx{service};
        EXPECT_EQ(guard.acknowledge(tx, complete{}), ack_result::acknowledged);
        name = guard.commit_name(tx);
        EXPECT_EQ(look_back(guard, name), commit_answer::running);
        tx.abort();
    }
    EXPECT_EQ(look_back(guard, name), commit_answer::rolled_back);
    EXPECT_EQ(look_back(guard, "999999999999"), commit_answer::rolled_back) << "of another server";
    {
        serializable tx{service};
        EXPECT_EQ(guard.acknowledge(tx, complete{}), ack_result::acknowledged);
        name = guard.commit_name(tx);
        tx.commit();
    }
    EXPECT_EQ(look_back(guard, name), commit_answer::acknowledged);
    EXPECT_EQ(look_back(guard, "999999999999"), commit_answer::unknown) << "of another server";

    const claim_guard robbed{queue, claimed()};
    {
        serializable tx{service};
        EXPECT_EQ(robbed.acknowledge(tx, complete{}), ack_result::acknowledged);
        name = guard.commit_name(tx);
        tx.abort();
    }
    ASSERT_EQ(seat.end(robbed.held(), row_returned{}), ack_result::acknowledged);
    EXPECT_EQ(look_back(robbed, name), commit_answer::lost);
}

TEST_F(ClaimGuard, ItemsThatFollowAreThereExactlyWhenTheFirstIsDone) {
    const auto other = database.make_queue("followers", 2);
    const claim_guard guard{queue, claimed()};
    const auto followers = [&] {
        return database.sql("SELECT count(*) FROM leasehold.items_followers")[0][0].as<int>();
    };
    const std::vector<new_item> next{{.payload = "1"}, {.payload = "2", .dedupe = "d"}};
    {
        serializable tx{service};
        EXPECT_EQ(enqueue(tx, other, next).size(), 2U);
        EXPECT_EQ(guard.acknowledge(tx, complete{}), ack_result::acknowledged);
        tx.abort();
    }
    EXPECT_EQ(followers(), 0);
    {
        serializable tx{service};
        EXPECT_EQ(enqueue(tx, other, next).size(), 2U);
        EXPECT_EQ(guard.acknowledge(tx, complete{}), ack_result::acknowledged);
        tx.commit();
    }
    EXPECT_EQ(followers(), 2);
    {
        serializable tx{service};
        EXPECT_FALSE(enqueue(tx, other, next)[1].is_new);
        EXPECT_EQ(guard.acknowledge(tx, complete{}), ack_result::lost);
        try {
            tx.commit();
        } catch (const std::exception&) {
        }
    }
    EXPECT_EQ(followers(), 2);
}

}  // namespace
}  // namespace leasehold
