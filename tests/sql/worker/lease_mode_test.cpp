// Whole workers in a queue whose claims are by the lease.

#include "items/dead_store.hpp"
#include "items/queue_growth.hpp"
#include "items/queue_setup.hpp"
#include "items/verify_store.hpp"
#include "tests/support/leased_seat.hpp"
#include "tests/support/quick_worker.hpp"
#include "tests/support/wait.hpp"

#include <leasehold/worker.hpp>

#include <gtest/gtest.h>
#include <pqxx/pqxx>

#include <atomic>
#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <thread>
#include <vector>

namespace leasehold {
namespace {

using namespace std::chrono_literals;
using test::eventually;
using test::quick_worker;

struct LeaseMode : testing::Test {
    test::fresh_database database;
    queue_info queue =
        database.make_queue({.name = "jobs", .part_count = 4, .claims = claim_mode::lease});
    connection on = database.connect();
    transaction_counters counters;
    std::vector<std::unique_ptr<worker>> fleet;
    std::mutex mutex;
    std::map<item_id, int> runs;  ///< that came to their end
    std::set<std::pair<item_id, std::int64_t>> tokens;
    std::atomic<bool> token_came_twice{false};
    std::atomic<bool> go_on{false};

    void TearDown() override {
        go_on = true;
        for (const auto& each : fleet) {
            each->drain();
            EXPECT_FALSE(each->failure());
            EXPECT_EQ(each->summary().lost, 0);
        }
    }
    void put(int count, int priority = 0) {
        const std::vector<new_item> items(static_cast<std::size_t>(count),
                                          {.payload = "{}", .priority = priority});
        run_transaction(on, counters,
                        [&](transaction& tx) { return test::put_items(tx, queue, items); });
    }
    void note(const claim& held) {
        const std::scoped_lock lock{mutex};
        ++runs[held.held.id];
        if (!tokens.emplace(held.held.id, held.fence.value).second) {
            token_came_twice = true;
        }
    }
    external_handler noting() {
        return [this](const claim& held, const std::stop_token&) -> outcome {
            note(held);
            return complete{};
        };
    }
    /// Runs until `go_on`.
    external_handler held_up() {
        return [this](const claim& held, const std::stop_token& stop) -> outcome {
            if (!eventually([&] { return go_on || stop.stop_requested(); }) || !go_on) {
                return release{};
            }
            note(held);
            return complete{};
        };
    }
    worker& start(const handler& handle, int slots = 2) {
        fleet.push_back(
            std::make_unique<worker>(database.dsn(), "jobs", handle, quick_worker(slots)));
        fleet.back()->start();
        return *fleet.back();
    }
    int items() { return database.count("leasehold.items_jobs"); }
    int open_parts() { return database.count("leasehold.parts WHERE by_lease"); }
    int claims_on_rows() { return database.count("leasehold.items_jobs WHERE claim IS NOT NULL"); }
    bool all_open() {
        return eventually([&] { return open_parts() == 4; });
    }
    void expect_each_ran_once(std::size_t count) {
        const std::scoped_lock lock{mutex};
        EXPECT_EQ(runs.size(), count);
        for (const auto& [id, times] : runs) {
            EXPECT_EQ(times, 1) << to_text(id);
        }
        EXPECT_FALSE(token_came_twice);
    }
    void set_claims(const std::string& mode) {
        change_queue(on, counters, "jobs", {.claims = mode});
    }
    std::vector<std::string> broken() {
        std::vector<std::string> names;
        for (const auto& one :
             read_snapshot(on, [&](transaction& tx) { return verify_queue(tx, queue); })) {
            if (!one.ok) {
                names.push_back(one.name + ": " + one.detail);
            }
        }
        return names;
    }
};

TEST_F(LeaseMode, AFleetDoesEachItemOnceAndWritesNoClaim) {
    for (int i = 0; i < 3; ++i) {
        start(noting());
    }
    ASSERT_TRUE(all_open());
    put(900);
    EXPECT_TRUE(eventually([&] { return items() == 0; }));
    expect_each_ran_once(900);
    EXPECT_EQ(broken(), std::vector<std::string>{});
}

TEST_F(LeaseMode, ItemsOfEachPriorityAreDone) {
    put(400, 1);
    put(400, 2);
    put(1, 9);
    start(noting());
    EXPECT_TRUE(eventually([&] { return items() == 0; }));
    put(1, 9);
    EXPECT_TRUE(eventually([&] { return items() == 0; }));
    expect_each_ran_once(802);
}

TEST_F(LeaseMode, TransactionalHandlersCommitTheirRowsWithTheEnd) {
    database.sql("CREATE TABLE effects (item uuid PRIMARY KEY)");
    start(transactional_handler{
        [&](pqxx::transaction_base& tx, const claim& held, const std::stop_token&) -> outcome {
            note(held);
            tx.exec("INSERT INTO effects VALUES ('" + to_text(held.held.id) + "')");
            return complete{};
        }});
    ASSERT_TRUE(all_open());
    put(100);
    EXPECT_TRUE(eventually([&] { return items() == 0; }));
    EXPECT_EQ(database.count("effects"), 100);
}

TEST_F(LeaseMode, WhatAHandlerFailsAtIsTriedAgainAndCounted) {
    database.sql("UPDATE leasehold.queues SET retry_base = '1 ms', retry_max = '1 ms'");
    std::atomic<int> attempts{0};
    start(external_handler{[&](const claim& held, const std::stop_token&) -> outcome {
        note(held);
        attempts = held.held.attempt;
        return held.held.attempt < 3 ? outcome{retry{.error = "not yet"}} : outcome{complete{}};
    }});
    ASSERT_TRUE(all_open());
    put(1);
    EXPECT_TRUE(eventually([&] { return items() == 0; }));
    EXPECT_EQ(attempts, 3);
    EXPECT_FALSE(token_came_twice);
}

TEST_F(LeaseMode, ACancelledItemsHandlerIsStopped) {
    std::atomic<bool> begun{false};
    std::atomic<bool> stopped{false};
    auto& one = start(external_handler{[&](const claim&, const std::stop_token& stop) -> outcome {
        begun = true;
        stopped = eventually([&] { return stop.stop_requested(); });
        return complete{};
    }});
    ASSERT_TRUE(all_open());
    put(1);
    ASSERT_TRUE(eventually([&] { return begun.load(); }));
    const auto rows = database.sql("SELECT id::text FROM leasehold.items_jobs");
    ASSERT_EQ(rows.size(), 1U);
    EXPECT_EQ(run_transaction(on, counters,
                              [&](transaction& tx) {
                                  return cancel_item(tx, queue, {*uuid_from(rows[0][0].c_str())},
                                                     "asked");
                              }),
              cancel_result::cancelled);
    EXPECT_TRUE(eventually([&] { return stopped.load(); }));
    EXPECT_TRUE(eventually([&] { return one.summary().lost == 1; }));
    EXPECT_EQ(one.summary().completed, 0);
    EXPECT_EQ(database.count("leasehold.dead_items WHERE reason = 'cancelled'"), 1);
    one.drain();
    fleet.clear();
}

// What its owner had in hand when it ended stands nowhere, so it is claimed on rows for a while.
TEST_F(LeaseMode, AfterACrashWhatWasInHandRunsOnRowsAndThenClaimsAreByTheLeaseAgain) {
    test::leased_seat dies{database, queue};
    const auto leases = dies.begin(test::parts_from(0, 3));
    ASSERT_EQ(leases.size(), 4U);
    put(40);
    std::map<item_id, token> seen;
    for (const auto& one : leases) {
        for (const auto& held : dies.see(one, 100)) {
            seen.emplace(held.held.id, held.fence);
        }
    }
    ASSERT_EQ(seen.size(), 40U);
    database.sql(
        "UPDATE leasehold.sessions SET heartbeat_at = clock_timestamp() - interval '9 s', "
        "expires_at = clock_timestamp() - interval '1 s'");
    start(held_up());
    ASSERT_TRUE(eventually([&] { return claims_on_rows() > 0; }));
    EXPECT_EQ(database.count("leasehold.parts WHERE by_lease AND EXISTS (SELECT FROM "
                             "leasehold.items_jobs AS i WHERE i.part = parts.part "
                             "AND i.claim IS NULL)"),
              0);
    go_on = true;
    EXPECT_TRUE(eventually([&] { return items() == 0; }));
    ASSERT_TRUE(all_open());
    for (const auto& [id, shown] : tokens) {
        EXPECT_GT(shown, seen.at(id).value);
    }
    put(20);
    EXPECT_TRUE(eventually([&] { return items() == 0; }));
    expect_each_ran_once(60);
    EXPECT_EQ(broken(), std::vector<std::string>{});
}

TEST_F(LeaseMode, IdleWorkersHelpABusyOwnerWhoClaimsByTheLease) {
    auto& busy = start(held_up(), 1);
    ASSERT_TRUE(all_open());
    put(8);
    EXPECT_TRUE(eventually([&] { return busy.summary().sessions == 1; }));
    start(held_up(), 1);
    start(held_up(), 1);
    start(held_up(), 1);
    start(held_up(), 1);
    start(held_up(), 1);
    // Six workers for four parts: at least two can only help.
    EXPECT_TRUE(eventually(
        [&] { return database.count("leasehold.session_parts WHERE role = 'helper'") > 0; }));
    EXPECT_EQ(database.count("leasehold.parts AS p JOIN leasehold.session_parts AS h "
                             "USING (queue, part) WHERE p.by_lease AND h.role = 'helper'"),
              0);
    go_on = true;
    EXPECT_TRUE(eventually([&] { return items() == 0; }));
    expect_each_ran_once(8);
    ASSERT_TRUE(all_open()) << "once nobody helps";
    EXPECT_EQ(broken(), std::vector<std::string>{});
}

TEST_F(LeaseMode, SwitchesToAndFroWhileWorkersRun) {
    start(noting());
    start(noting());
    std::size_t all = 0;
    for (const auto* mode : {"row", "lease", "row", "lease"}) {
        put(150);
        all += 150;
        set_claims(mode);
        const int wanted = std::string{mode} == "lease" ? 4 : 0;
        put(150);
        all += 150;
        EXPECT_TRUE(eventually([&] { return open_parts() == wanted; })) << mode;
    }
    EXPECT_TRUE(eventually([&] { return items() == 0; }));
    expect_each_ran_once(all);
    EXPECT_EQ(broken(), std::vector<std::string>{});
}

TEST_F(LeaseMode, WhatRunsWhenTheQueueGoesOverToRowsEndsOnItsRow) {
    start(held_up());
    ASSERT_TRUE(all_open());
    put(6);
    EXPECT_TRUE(eventually([&] { return fleet[0]->summary().sessions == 1; }));
    set_claims("row");
    EXPECT_TRUE(eventually([&] { return open_parts() == 0 && claims_on_rows() >= 2; }));
    go_on = true;
    EXPECT_TRUE(eventually([&] { return items() == 0; }));
    expect_each_ran_once(6);
}

TEST_F(LeaseMode, APausedQueueClaimsNothingAndThenGoesOn) {
    database.sql("UPDATE leasehold.queues SET paused = true");
    put(50);
    const auto& one = start(noting());
    ASSERT_TRUE(all_open()) << "the lease may be enough, though nothing is claimed";
    EXPECT_EQ(one.summary().completed, 0);
    EXPECT_EQ(items(), 50);
    database.sql("UPDATE leasehold.queues SET paused = false");
    EXPECT_TRUE(eventually([&] { return items() == 0; }));
    expect_each_ran_once(50);
}

TEST_F(LeaseMode, AQueueGrowsWithPartsInDoubt) {
    database.needs_postgres("growth");
    test::leased_seat dies{database, queue};
    ASSERT_EQ(dies.begin(test::parts_from(0, 3)).size(), 4U);
    put(40);
    for (const auto part : test::parts_from(0, 3)) {
        dies.reaped_from(part);
    }
    database.sql("DELETE FROM leasehold.sessions");
    database.sql("UPDATE leasehold.parts SET planned_for = NULL");
    connection beside = database.connect();
    grow_queue(on, beside, counters, "jobs", 2,
               {.told = [](const growth_progress&) {}, .while_waiting = [] {}});
    EXPECT_EQ(database.count("leasehold.parts WHERE doubt_before IS NOT NULL AND token_base > 0 "
                             "AND NOT by_lease"),
              8);
    queue.part_count = 8;
    start(noting());
    EXPECT_TRUE(eventually([&] { return items() == 0; }));
    EXPECT_TRUE(eventually([&] { return open_parts() == 8; }));
    expect_each_ran_once(40);
    EXPECT_EQ(database.count("leasehold.parts WHERE doubt_before IS NOT NULL"), 0);
}

}  // namespace
}  // namespace leasehold
