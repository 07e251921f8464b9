// Deduplicated enqueue: one pending item a dedupe key.

#include "tests/support/seats.hpp"
#include "tests/support/wait.hpp"

#include <gtest/gtest.h>
#include <pqxx/pqxx>

#include <future>

namespace leasehold {
namespace {

using namespace std::chrono_literals;
using test::eventually;

struct Dedupe : testing::Test {
    test::fresh_database database;
    queue_info queue = database.make_queue("jobs", 1);
    test::hand_driven seat{database, queue};

    void SetUp() override { seat.take({{0}}); }
    enqueued put(const std::string& dedupe) {
        return seat.put({{.payload = "1", .dedupe = dedupe}}).front();
    }
    int count() {
        return database.sql("SELECT count(*) FROM leasehold.items_jobs")[0][0].as<int>();
    }
};

TEST_F(Dedupe, WhileTheFirstIsPendingASecondIsTheFirst) {
    const auto first = put("a");
    EXPECT_TRUE(first.is_new);
    EXPECT_FALSE(put("a").is_new) << "ready";
    EXPECT_EQ(put("a").id, first.id);
    EXPECT_TRUE(put("b").is_new);
    auto claims = seat.claim_from({0}, 10);
    EXPECT_FALSE(put("a").is_new) << "claimed";
    for (const auto& one : claims) {
        ASSERT_EQ(seat.end(one, row_returned{.delay = 1h}), ack_result::acknowledged);
    }
    EXPECT_FALSE(put("a").is_new) << "scheduled";
    EXPECT_EQ(count(), 2);
}

TEST_F(Dedupe, OnceTheFirstIsDoneOrDeadASecondIsNew) {
    put("a");
    ASSERT_EQ(seat.end(seat.claim_from({0}, 1).front()), ack_result::acknowledged);
    EXPECT_TRUE(put("a").is_new);
    ASSERT_EQ(seat.end(seat.claim_from({0}, 1).front(), row_buried{"x"}), ack_result::acknowledged);
    EXPECT_TRUE(put("a").is_new);
}

// The id is the same each time: only the token tells an old claim from a new one.
TEST_F(Dedupe, AClaimOfAnEarlierItemCannotEndALaterOneWithTheSameId) {
    put("a");
    const auto old = seat.claim_from({0}, 1).front();
    ASSERT_EQ(seat.end(old), ack_result::acknowledged);
    put("a");
    const auto young = seat.claim_from({0}, 1).front();
    EXPECT_EQ(young.held.id, old.held.id);
    EXPECT_EQ(young.session, old.session);
    EXPECT_GT(young.fence, old.fence);
    EXPECT_EQ(seat.end(old), ack_result::lost);
    EXPECT_EQ(seat.end(young), ack_result::acknowledged);
}

TEST_F(Dedupe, TheSameHoldsForIdsOfTheCallersOwn) {
    const auto id = random_item_id();
    seat.put({{.payload = "1", .id = id}});
    const auto old = seat.claim_from({0}, 1).front();
    ASSERT_EQ(seat.end(old), ack_result::acknowledged);
    seat.put({{.payload = "2", .id = id}});
    EXPECT_GT(seat.claim_from({0}, 1).front().fence, old.fence);
    EXPECT_EQ(seat.end(old), ack_result::lost);
}

TEST_F(Dedupe, OneBatchTakesADedupeKeyOnce) {
    const auto answers = seat.put({{.payload = "1", .dedupe = "a"},
                                   {.payload = "2", .dedupe = "a"},
                                   {.payload = "3"},
                                   {.payload = "4", .dedupe = "b"}});
    EXPECT_EQ(answers[0].id, answers[1].id);
    EXPECT_EQ(
        (std::vector{answers[0].is_new, answers[1].is_new, answers[2].is_new, answers[3].is_new}),
        (std::vector{true, false, true, true}));
    EXPECT_EQ(count(), 3);
}

TEST_F(Dedupe, SqlAndCppMakeTheSameId) {
    const auto mine = put("a'b\\ \xc3\xa4");
    const auto theirs =
        database.sql("SELECT leasehold.enqueue('jobs', '2', dedupe => 'a''b\\ \xc3\xa4')::text");
    EXPECT_EQ(theirs[0][0].c_str(), to_text(mine.id));
    EXPECT_EQ(count(), 1);
}

// No gap between "it is pending" and "it is done": the second waits for the first one's end.
TEST_F(Dedupe, ASecondEnqueueWaitsForTheTransactionThatEndsTheFirst) {
    database.needs_postgres("leasehold.enqueue()");
    put("a");
    const auto held = seat.claim_from({0}, 1).front();
    std::future<std::string> second;
    seat.transact([&](transaction& tx) {
        const std::vector<ack_request> end{{held, row_done{}}};
        EXPECT_EQ(acknowledge(tx, queue, end).front(), ack_result::acknowledged);
        second = std::async(std::launch::async, [&] {
            pqxx::connection service{database.dsn()};
            pqxx::work other{service};
            const auto id = other.exec("SELECT leasehold.enqueue('jobs', '2', dedupe => 'a')")[0][0]
                                .as<std::string>();
            other.commit();
            return id;
        });
        EXPECT_TRUE(eventually([&] {
            return database
                       .sql(
                           "SELECT count(*) FROM pg_stat_activity WHERE datname = "
                           "current_database() AND wait_event_type = 'Lock'")[0][0]
                       .as<int>() == 1;
        }));
    });
    EXPECT_EQ(second.get(), to_text(held.held.id));
    EXPECT_EQ(count(), 1) << "neither lost nor doubled";
}

}  // namespace
}  // namespace leasehold
