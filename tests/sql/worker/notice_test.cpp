// Workers that look for news so seldom that only notices explain how soon they hear of it.

#include <leasehold/worker.hpp>

#include "tests/support/seats.hpp"
#include "tests/support/wait.hpp"

#include <gtest/gtest.h>
#include <pqxx/pqxx>

#include <atomic>
#include <memory>
#include <string>

namespace leasehold {
namespace {

using namespace std::chrono_literals;
using test::eventually;

constexpr auto soon = 5s;

worker_options drowsy() {
    return {.leases = {.watch = 10s, .settle = 20ms, .drain = 500ms},
            .work = {.slots = 2, .poll = 30s, .drain = 2s}};
}

struct Notices : testing::Test {
    test::postgres_database database{"notices"};
    queue_info queue = database.make_queue("jobs", 8);
    std::atomic<int> runs{0};

    std::unique_ptr<worker> start(const worker_options& options) {
        auto one =
            std::make_unique<worker>(database.dsn(), "jobs",
                                     external_handler{[this](const claim&, const std::stop_token&) {
                                         ++runs;
                                         return outcome{complete{}};
                                     }},
                                     options);
        one->start();
        return one;
    }
    int listeners() {
        return database.count(
            "pg_stat_activity WHERE application_name = 'leasehold notices' "
            "AND query LIKE 'LISTEN%' AND datname = current_database()");
    }
    /// Every part is held, and `sessions` sessions hold some.
    bool settled(int sessions) {
        return database.count("leasehold.session_parts") == 8 &&
               database.count("(SELECT DISTINCT id FROM leasehold.session_parts) AS s") == sessions;
    }
    void put_one() { database.sql("SELECT leasehold.enqueue('jobs', '{}')"); }
};

TEST_F(Notices, AnItemStartsLongBeforeTheNextPoll) {
    const auto one = start(drowsy());
    ASSERT_TRUE(eventually([&] { return settled(1) && listeners() == 1; }));
    for (int i = 1; i <= 3; ++i) {
        put_one();
        EXPECT_TRUE(eventually([&] { return runs == i; }, soon));
    }
}

TEST_F(Notices, AWorkerWhoseListenerIsCutOffListensAgain) {
    const auto one = start(drowsy());
    ASSERT_TRUE(eventually([&] { return settled(1) && listeners() == 1; }));
    ASSERT_EQ(database.cut("application_name = 'leasehold notices'"), 1);
    put_one();  // nobody hears that; whoever begins to listen looks
    EXPECT_TRUE(eventually([&] { return runs == 1; }, soon));
    ASSERT_TRUE(eventually([&] { return listeners() == 1; }));
    put_one();
    EXPECT_TRUE(eventually([&] { return runs == 2; }, soon));
}

TEST_F(Notices, AJoinIsHeardOfLongBeforeTheNextLook) {
    const auto first = start(drowsy());
    ASSERT_TRUE(eventually([&] { return settled(1) && listeners() == 1; }));
    const auto second = start(drowsy());
    EXPECT_TRUE(eventually([&] { return settled(2); }, soon));
    second->drain();
    EXPECT_TRUE(eventually([&] { return settled(1); }, soon));
}

TEST_F(Notices, SwitchedOffNobodyListensAndAllIsFoundByLooking) {
    auto options = drowsy();
    options.leases.notices = false;
    options.work.poll = 50ms;
    const auto one = start(options);
    ASSERT_TRUE(eventually([&] { return settled(1); }));
    put_one();
    EXPECT_TRUE(eventually([&] { return runs == 1; }));
    EXPECT_EQ(listeners(), 0);
}

}  // namespace
}  // namespace leasehold
