// Idle workers take up what waits in the parts of busy ones.

#include "items/verify_store.hpp"
#include "parts/keyspace.hpp"
#include "tests/support/seats.hpp"
#include "tests/support/wait.hpp"

#include <leasehold/worker.hpp>

#include <gtest/gtest.h>
#include <pqxx/pqxx>

#include <algorithm>
#include <atomic>
#include <map>
#include <mutex>
#include <thread>
#include <vector>

namespace leasehold {
namespace {

using namespace std::chrono_literals;
using test::eventually;

worker_options quick(int slots = 1) {
    return {.session = {.ttl = 1500ms, .margin = 400ms},
            .leases = {.watch = 100ms, .settle = 20ms, .drain = 500ms},
            .work = {.slots = slots, .poll = 20ms, .drain = 2s}};
}

/// Which session ran which items, and whether two of a key ever ran at once.
class run_log {
public:
    void begins(const claim& held) {
        const std::scoped_lock lock{mutex_};
        runs_.push_back(held);
        begun_.push_back(std::chrono::steady_clock::now());
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
    steady_time last_begun() const {
        const std::scoped_lock lock{mutex_};
        return begun_.back();
    }

private:
    mutable std::mutex mutex_;
    std::vector<claim> runs_;
    std::vector<steady_time> begun_;
    std::map<std::string, int> running_;
    bool overlapped_ = false;
};

struct Help : testing::Test {
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
            std::this_thread::sleep_for(time);
            log.ends(held);
            return complete{};
        };
    }
    void start_workers(int count, const handler& handle, int slots = 1) {
        for (int i = 0; i < count; ++i) {
            fleet.push_back(std::make_unique<worker>(database.dsn(), "jobs", handle, quick(slots)));
            fleet.back()->start();
        }
        ASSERT_TRUE(eventually([&] {
            return database.count(
                       "(SELECT id FROM leasehold.session_parts WHERE role = 'owner' GROUP BY id"
                       " HAVING count(*) >= (SELECT part_count FROM leasehold.queues) / " +
                       std::to_string(count) + ") AS share") == count;
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

TEST_F(Help, TenItemsOnTenIdleWorkersAllStartAtOnce) {
    const auto queue = database.make_queue("jobs", 64);
    start_workers(10, held_up());
    const auto begun = std::chrono::steady_clock::now();
    put(queue, std::vector<new_item>(10, {.payload = "{}"}));
    EXPECT_TRUE(eventually([&] { return log.size() == 10; }));
    const auto took = std::chrono::duration_cast<milliseconds>(log.last_begun() - begun).count();
    std::cout << "all started after " << took << " ms, " << helped() << " helped\n";
    EXPECT_EQ(log.sessions(), 10U);
    EXPECT_EQ(broken(queue), std::vector<std::string>{});
    go_on = true;
    EXPECT_TRUE(eventually([&] { return database.count("leasehold.items_jobs") == 0; }));
    EXPECT_TRUE(eventually([&] { return helpers() == 0; }));
    EXPECT_EQ(broken(queue), std::vector<std::string>{});
    for (const auto& each : fleet) {
        std::cout << "retries " << each->summary().serialization_retries << " help "
                  << each->summary().help_retries << "\n";
    }
}

}  // namespace
}  // namespace leasehold
