// Cancelling what waits and what runs, through a whole worker; and keyed order under one.

#include <leasehold/worker.hpp>

#include "items/dead_store.hpp"
#include "tests/support/seats.hpp"
#include "tests/support/wait.hpp"

#include <gtest/gtest.h>
#include <pqxx/pqxx>

#include <algorithm>
#include <atomic>
#include <map>
#include <mutex>
#include <thread>

namespace leasehold {
namespace {

using namespace std::chrono_literals;
using test::eventually;

struct Cancel : testing::Test {
    test::fresh_database database;
    queue_info queue = database.make_queue("jobs", 2);
    connection on = database.connect();
    transaction_counters counters;

    worker_options quick() {
        worker_options options;
        options.session.ttl = 4'000ms;
        options.session.margin = 1'000ms;
        options.leases.watch = 50ms;
        options.leases.settle = 10ms;
        options.work.poll = 20ms;
        options.work.drain = 1'000ms;
        return options;
    }
    item_id put() {
        const auto rows = database.sql("SELECT leasehold.enqueue('jobs', '1')::text");
        return {*uuid_from(rows[0][0].c_str())};
    }
    cancel_result cancel_it(const item_id& id) {
        return run_transaction(on, counters, [&](transaction& tx) {
            return cancel_item(tx, queue, id, "asked");
        });
    }
    std::string last_reason() {
        const auto rows = database.sql("SELECT reason FROM leasehold.dead_items");
        return rows.size() == 1 ? rows[0][0].c_str() : std::to_string(rows.size()) + " rows";
    }
};

TEST_F(Cancel, ARunningHandlerIsStoppedAndItsItemEndedAsCancelled) {
    std::atomic<int> stopped{0};
    std::atomic<bool> runs{false};
    worker one{database.dsn(), "jobs",
               external_handler{[&](const claim&, const std::stop_token& stop) -> outcome {
                   runs = true;
                   eventually([&] { return stop.stop_requested(); });
                   ++stopped;
                   return retry{.error = "stopped half way"};
               }},
               quick()};
    one.start();
    const auto id = put();
    ASSERT_TRUE(eventually([&] { return runs.load(); }));
    EXPECT_EQ(cancel_it(id), cancel_result::asked);
    EXPECT_TRUE(eventually([&] { return one.summary().cancelled == 1; }));
    EXPECT_EQ(stopped, 1);
    EXPECT_EQ(last_reason(), "cancelled");
    one.drain();
    EXPECT_EQ(one.summary().retried, 0);
}

TEST_F(Cancel, ARunThatStillComesToItsEndCounts) {
    std::atomic<bool> runs{false};
    worker one{database.dsn(), "jobs",
               external_handler{[&](const claim&, const std::stop_token& stop) -> outcome {
                   runs = true;
                   eventually([&] { return stop.stop_requested(); });
                   return complete{};
               }},
               quick()};
    one.start();
    const auto id = put();
    ASSERT_TRUE(eventually([&] { return runs.load(); }));
    EXPECT_EQ(cancel_it(id), cancel_result::asked);
    EXPECT_TRUE(eventually([&] { return one.summary().completed == 1; }));
    EXPECT_EQ(last_reason(), "0 rows");
}

TEST_F(Cancel, AnItemWhoseClaimerDiedRunsNoOtherTime) {
    const auto id = put();
    {
        test::hand_driven gone{database, queue};
        gone.take({{0}, {1}});
        ASSERT_EQ(gone.claim_from({0}, 1).size() + gone.claim_from({1}, 1).size(), 1U);
        EXPECT_EQ(cancel_it(id), cancel_result::asked);
        gone.transact([&](transaction& tx) {
            for (const int part : {0, 1}) {
                free_claims(tx, queue, gone.id(), {part}, 10, "crash");
                release_leases(tx, queue.name, gone.id(), {{part}}, "expired");
            }
            leave_session(tx, queue.name, gone.id());
        });
    }
    std::atomic<int> runs{0};
    worker one{database.dsn(), "jobs",
               external_handler{[&](const claim&, const std::stop_token&) -> outcome {
                   ++runs;
                   return complete{};
               }},
               quick()};
    one.start();
    EXPECT_TRUE(eventually([&] { return one.summary().cancelled == 1; }));
    EXPECT_EQ(runs, 0);
    EXPECT_EQ(last_reason(), "cancelled");
}

// What a transactional handler has not committed when the cancelling comes is rolled back with it.
TEST_F(Cancel, ATransactionalHandlerThatIsCancelledLeavesNothing) {
    database.sql("CREATE TABLE effects (item uuid)");
    std::atomic<int> runs{0};
    worker one{database.dsn(), "jobs",
               transactional_handler{[&](pqxx::transaction_base& tx, const claim& held,
                                         const std::stop_token& stop) -> outcome {
                   ++runs;
                   tx.exec("INSERT INTO effects VALUES ('" + to_text(held.held.id) + "')");
                   eventually([&] { return stop.stop_requested(); });
                   return complete{};
               }},
               quick()};
    one.start();
    const auto id = put();
    ASSERT_TRUE(eventually([&] { return runs == 1; }));
    EXPECT_EQ(cancel_it(id), cancel_result::asked);
    EXPECT_TRUE(eventually([&] { return one.summary().cancelled == 1; }));
    EXPECT_EQ(runs, 1);
    EXPECT_EQ(last_reason(), "cancelled");
    EXPECT_EQ(database.sql("SELECT count(*) FROM effects")[0][0].as<int>(), 0);
}

// Faster than the look for cancellings: it asks for a retry in an hour, and does not wait for it.
TEST_F(Cancel, AnItemThatIsGivenBackWithADelayIsCancelledAtOnce) {
    std::atomic<int> runs{0};
    const auto id = put();
    worker one{database.dsn(), "jobs",
               external_handler{[&](const claim&, const std::stop_token&) -> outcome {
                   ++runs;
                   EXPECT_EQ(cancel_it(id), cancel_result::asked);
                   return retry{.error = "later", .delay = 1h};
               }},
               quick()};
    one.start();
    EXPECT_TRUE(eventually([&] { return one.summary().cancelled == 1; }));
    EXPECT_EQ(runs, 1);
    EXPECT_EQ(last_reason(), "cancelled");
}

// Four slots, failures and retries: each key's items begin in order, none beside another.
TEST_F(Cancel, AWorkerRunsEachKeysItemsInOrderAndNeverTwoAtATime) {
    const auto keyed =
        database.make_queue({.name = "keyed",
                             .part_count = 4,
                             .keyed = true,
                             .retries = {.base = milliseconds{5}, .max = milliseconds{20}}});
    constexpr int keys = 12;
    constexpr int each = 10;
    database.sql(
        "SELECT leasehold.enqueue('keyed', to_jsonb(n), key => 'k' || k) FROM generate_series(1, " +
        std::to_string(each) + ") AS n, generate_series(1, " + std::to_string(keys) + ") AS k");
    std::mutex mutex;
    std::map<std::string, std::vector<int>> done;
    std::map<std::string, int> running;
    int beside = 0;
    const external_handler work = [&](const claim& held, const std::stop_token&) -> outcome {
        {
            const std::scoped_lock lock{mutex};
            beside += ++running[*held.held.key] > 1 ? 1 : 0;
        }
        for (int i = 0; i < 200; ++i) {
            std::this_thread::yield();  // time for a second one to begin
        }
        const std::scoped_lock lock{mutex};
        --running[*held.held.key];
        const int number = std::stoi(held.held.payload);
        if (number % 3 == 0 && held.held.attempt == 1) {
            return retry{.error = "once more"};
        }
        done[*held.held.key].push_back(number);
        return complete{};
    };
    worker one{database.dsn(), "keyed", work, quick()};
    worker two{database.dsn(), "keyed", work, quick()};
    one.start();
    two.start();
    EXPECT_TRUE(eventually([&] {
        return database.sql("SELECT count(*) FROM leasehold.items_keyed")[0][0].as<int>() == 0;
    }));
    one.drain();
    two.drain();
    EXPECT_EQ(beside, 0);
    EXPECT_EQ(done.size(), static_cast<std::size_t>(keys));
    for (const auto& [key, numbers] : done) {
        EXPECT_EQ(numbers.size(), static_cast<std::size_t>(each)) << key;
        EXPECT_TRUE(std::is_sorted(numbers.begin(), numbers.end())) << key;
    }
}

}  // namespace
}  // namespace leasehold
