// Idle workers take up what waits in the parts of busy ones.

#include "items/help_store.hpp"
#include "items/verify_store.hpp"
#include "parts/keyspace.hpp"
#include "tests/support/quick_worker.hpp"
#include "tests/support/seats.hpp"
#include "tests/support/wait.hpp"

#include <leasehold/worker.hpp>

#include <gtest/gtest.h>
#include <pqxx/pqxx>

#include <algorithm>
#include <atomic>
#include <iterator>
#include <map>
#include <mutex>
#include <thread>
#include <vector>

namespace leasehold {
namespace {

using namespace std::chrono_literals;
using test::eventually;
using test::quick_worker;

/// Which session ran which items, and whether two of a key ever ran at once.
class run_log {
public:
    void begins(const claim& held) {
        const std::scoped_lock lock{mutex_};
        runs_.push_back(held);
        if (held.held.key && ++running_[*held.held.key] > 1) {
            overlapped_ = true;
        }
    }
    void ends(const claim& held) {
        const std::scoped_lock lock{mutex_};
        if (held.held.key) {
            --running_[*held.held.key];
        }
    }
    std::vector<claim> runs() const {
        const std::scoped_lock lock{mutex_};
        return runs_;
    }
    std::size_t size() const { return runs().size(); }
    std::size_t sessions() const {
        std::map<session_id, int> seen;
        for (const auto& one : runs()) {
            ++seen[one.session];
        }
        return seen.size();
    }
    bool overlapped() const {
        const std::scoped_lock lock{mutex_};
        return overlapped_;
    }

private:
    mutable std::mutex mutex_;
    std::vector<claim> runs_;
    std::map<std::string, int> running_;
    bool overlapped_ = false;
};

struct Help : testing::Test {
    const std::vector<std::string> nothing{};
    test::fresh_database database;
    std::vector<std::unique_ptr<worker>> fleet;
    std::atomic<bool> go_on{false};
    run_log log;

    /// Runs until `go_on`.
    external_handler held_up() {
        return [this](const claim& held, const std::stop_token& stop) -> outcome {
            log.begins(held);
            const bool over = eventually([&] { return go_on || stop.stop_requested(); });
            log.ends(held);
            return over && go_on ? outcome{complete{}} : outcome{release{}};
        };
    }
    external_handler taking(milliseconds time) {
        return [this, time](const claim& held, const std::stop_token&) -> outcome {
            log.begins(held);
            std::this_thread::sleep_for(time);  // real time: it is the handler's work
            log.ends(held);
            return complete{};
        };
    }
    void start_workers(int count, const handler& handle, int slots = 1) {
        for (int i = 0; i < count; ++i) {
            fleet.push_back(
                std::make_unique<worker>(database.dsn(), "jobs", handle, quick_worker(slots)));
            fleet.back()->start();
        }
        // Until every worker has its share of the parts.
        ASSERT_TRUE(eventually([&] {
            const auto workers = static_cast<int>(fleet.size());
            const int seats = database.count("leasehold.sessions");
            return seats >= workers &&
                   database.count(
                       "(SELECT id FROM leasehold.session_parts WHERE role = 'owner' GROUP BY id"
                       " HAVING count(*) >= (SELECT part_count FROM leasehold.queues) / " +
                       std::to_string(seats) + ") AS share") >= workers;
        }));
    }
    void TearDown() override {
        go_on = true;
        for (const auto& each : fleet) {
            each->drain();
            EXPECT_FALSE(each->failure());
        }
    }
    void put(const queue_info& queue, const std::vector<new_item>& items) {
        auto on = database.connect();
        transaction_counters counters;
        run_transaction(on, counters,
                        [&](transaction& tx) { return test::put_items(tx, queue, items); });
    }
    std::int64_t helped() const {
        std::int64_t all = 0;
        for (const auto& each : fleet) {
            all += each->summary().helped;
        }
        return all;
    }
    int items() { return database.count("leasehold.items_jobs"); }
    int helpers() { return database.count("leasehold.session_parts WHERE role = 'helper'"); }
    std::vector<std::string> broken(const queue_info& queue) {
        auto on = database.connect();
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

std::vector<new_item> in_part(int part, int parts, int count) {
    std::vector<new_item> items;
    for (int i = 0; i < count; ++i) {
        auto id = random_item_id();
        const auto low = lowest_id({part}, parts);
        std::copy_n(low.data, 4, id.value.data);
        items.push_back({.payload = "{}", .id = id});
    }
    return items;
}

// However the items fall: each handler runs until the test lets it end.
TEST_F(Help, TenItemsOnTenIdleWorkersRunAllAtOnce) {
    const auto queue = database.make_queue("jobs", 64);
    start_workers(10, held_up());
    put(queue, std::vector<new_item>(10, {.payload = "{}"}));
    EXPECT_TRUE(eventually([&] { return log.size() == 10; }));
    EXPECT_EQ(log.sessions(), 10U);
    EXPECT_EQ(broken(queue), nothing);
    go_on = true;
    EXPECT_TRUE(eventually([&] { return items() == 0; }));
    EXPECT_TRUE(eventually([&] { return helpers() == 0; }));
    // A session that came to its end meanwhile leaves its wish to lapse.
    EXPECT_TRUE(eventually([&] {
        return database.count(
                   "leasehold.help_wanted "
                   "WHERE asked_at > clock_timestamp() - INTERVAL '2 seconds'") == 0;
    }));
    EXPECT_EQ(broken(queue), nothing);
}

TEST_F(Help, ManyItemsOfOnePartAreSharedByAll) {
    const auto queue = database.make_queue("jobs", 8);
    start_workers(3, taking(20ms));
    put(queue, in_part(0, 8, 60));
    EXPECT_TRUE(eventually([&] { return items() == 0; }));
    EXPECT_EQ(log.size(), 60U);
    EXPECT_EQ(log.sessions(), 3U);
    EXPECT_GT(helped(), 10);
    EXPECT_TRUE(eventually([&] { return helpers() == 0; }));
    EXPECT_EQ(broken(queue), nothing);
}

TEST_F(Help, AKeyKeepsItsOrderAndRunsOnceAtATime) {
    const auto queue = database.make_queue({.name = "jobs", .part_count = 2, .keyed = true});
    start_workers(2, taking(5ms));
    std::vector<new_item> all;
    for (int i = 0; i < 100; ++i) {
        all.push_back({.payload = std::to_string(i), .key = "k" + std::to_string(i % 7)});
    }
    put(queue, all);
    EXPECT_TRUE(eventually([&] { return items() == 0; }));
    EXPECT_FALSE(log.overlapped());
    std::map<std::string, int> last;
    for (const auto& one : log.runs()) {
        const int number = std::stoi(one.held.payload);
        const auto before = last.find(*one.held.key);
        EXPECT_TRUE(before == last.end() || before->second < number) << number;
        last[*one.held.key] = number;
    }
    EXPECT_EQ(broken(queue), nothing);
}

TEST_F(Help, SwitchedOnWhileWorkersRunItBegins) {
    const auto queue = database.make_queue("jobs", 8);
    database.sql("UPDATE leasehold.queues SET helpers_max = 0");
    start_workers(2, held_up());
    put(queue, in_part(0, 8, 3));
    EXPECT_TRUE(eventually([&] { return log.size() == 1; }));
    database.sql("UPDATE leasehold.queues SET helpers_max = 4");
    EXPECT_TRUE(eventually([&] { return log.size() == 2; }));
    EXPECT_EQ(log.sessions(), 2U);
}

TEST_F(Help, WhoHelpsThatDrainsEndsItsLeasesBeforeItLeaves) {
    const auto queue = database.make_queue("jobs", 8);
    start_workers(2, held_up());
    put(queue, in_part(0, 8, 2));
    ASSERT_TRUE(eventually([&] { return log.size() == 2; }));
    const auto helper = database.sql(
        "SELECT s.pid FROM leasehold.session_parts AS h JOIN leasehold.sessions AS s"
        " ON s.id = h.id WHERE h.role = 'helper'");
    ASSERT_EQ(helper.size(), 1U);
    const auto drained = std::find_if(fleet.begin(), fleet.end(),
                                      [](const auto& one) { return one->summary().helped > 0; });
    ASSERT_NE(drained, fleet.end());
    (*drained)->drain();
    EXPECT_EQ(helpers(), 0);
    EXPECT_EQ(database.count("leasehold.sessions"), 1);
    EXPECT_EQ((*drained)->summary().released, 1);
    EXPECT_EQ(broken(queue), nothing);
}

// The part it helps in is given to it while its handler runs there.
TEST_F(Help, WhoHelpsThatBecomesTheOwnerKeepsItsClaims) {
    const auto queue = database.make_queue("jobs", 8);
    start_workers(2, held_up());
    put(queue, in_part(0, 8, 2));
    ASSERT_TRUE(eventually([&] { return log.size() == 2; }));
    const auto owner = std::find_if(fleet.begin(), fleet.end(),
                                    [](const auto& one) { return one->summary().helped == 0; });
    ASSERT_NE(owner, fleet.end());
    const auto helper = owner == fleet.begin() ? std::next(owner) : fleet.begin();
    (*owner)->drain();
    EXPECT_TRUE(eventually(
        [&] { return database.count("leasehold.session_parts WHERE role = 'owner'") == 8; }));
    EXPECT_EQ(helpers(), 0);
    go_on = true;
    EXPECT_TRUE(eventually([&] { return (*helper)->summary().completed == 2; }));
    EXPECT_EQ((*helper)->summary().lost, 0);
    EXPECT_EQ(broken(queue), nothing);
}

TEST_F(Help, WhatTheDeadHeldWhileHelpingIsFreed) {
    const auto queue = database.make_queue("jobs", 8);
    test::hand_driven dead{database, queue};
    start_workers(1, held_up());
    const auto part = [&] {
        return database.sql(
            "SELECT part FROM leasehold.session_parts WHERE role = 'owner' AND id"
            " <> '" +
            to_text(dead.id()) + "' ORDER BY part LIMIT 1");
    };
    ASSERT_TRUE(eventually([&] { return !part().empty(); }));
    const part_id foreign{part()[0][0].as<std::int32_t>()};
    put(queue, in_part(foreign.value, 8, 3));
    ASSERT_TRUE(eventually([&] { return log.size() == 1; }));
    const auto held = dead.transact([&](transaction& tx) {
        EXPECT_TRUE(take_help(tx, queue, dead.id(), foreign, 4));
        return claim_items(tx, queue, {dead.id(), foreign, 2, lease_role::helper}).claims;
    });
    ASSERT_EQ(held.size(), 2U);
    database.sql(
        "UPDATE leasehold.sessions SET heartbeat_at = now() - interval '1 h',"
        " expires_at = now() - interval '1 s' WHERE id = '" +
        to_text(dead.id()) + "'");
    go_on = true;
    EXPECT_TRUE(eventually([&] { return items() == 0; }));
    EXPECT_TRUE(eventually([&] { return database.count("leasehold.sessions") == 1; }));
    EXPECT_EQ(log.size(), 3U);
    EXPECT_EQ(helpers(), 0);
    EXPECT_EQ(broken(queue), nothing);
}

}  // namespace
}  // namespace leasehold
