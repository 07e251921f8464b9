// The real library against a server that looks like CockroachDB, while that goes wrong as
// CockroachDB does: what was injected and what came of it is printed by each.

#include <leasehold/worker.hpp>

#include "items/dead_store.hpp"
#include "items/enqueue_store.hpp"
#include "items/verify_store.hpp"
#include "tests/sql/cockroach/cockroach_database.hpp"
#include "tests/support/wait.hpp"

#include <gtest/gtest.h>

#include <iostream>
#include <map>
#include <mutex>
#include <vector>

namespace leasehold {
namespace {

using namespace std::chrono_literals;
using test::eventually;
using test::fault;

worker_options quick() {
    return {.session = {.ttl = 3s, .margin = 600ms},
            .leases = {.watch = 100ms, .settle = 20ms, .drain = 500ms},
            .work = {.slots = 4, .claims_max = 30, .poll = 20ms, .drain = 5s}};
}

/// How often each item was handed to a handler, and under which token last.
class journal {
public:
    external_handler handler() {
        return [this](const claim& held, const std::stop_token&) -> outcome {
            const std::scoped_lock lock{mutex_};
            auto& runs = runs_[held.held.id];
            EXPECT_TRUE(runs.empty() || runs.back() < held.fence.value) << to_text(held.held.id);
            runs.push_back(held.fence.value);
            return complete{};
        };
    }
    std::size_t items() const {
        const std::scoped_lock lock{mutex_};
        return runs_.size();
    }

private:
    mutable std::mutex mutex_;
    std::map<item_id, std::vector<std::int64_t>> runs_;
};

// Its issue 54254, closed in 23.1.
TEST(CockroachQueue, IsMadeWhereATenantMayNotChooseWhereItsTablesAreSplit) {
    test::stub_options options;
    options.look->splits_ranges = false;
    test::cockroach_database database{options};
    EXPECT_EQ(database.make_queue({.name = "jobs", .part_count = 8}).state, "ready");
    EXPECT_NE(database.faults().table().find("refused: 0A000"), std::string::npos);
}

struct CockroachWorker : testing::TestWithParam<std::tuple<fault, claim_mode>> {
    test::cockroach_database database;
    queue_info queue =
        database.make_queue({.name = "jobs", .part_count = 8, .claims = std::get<1>(GetParam())});

    void put(int count) {
        auto on = database.connect();
        transaction_counters counters;
        const std::vector<new_item> items(static_cast<std::size_t>(count), {.payload = "{}"});
        run_transaction(on, counters, [&](transaction& tx) {
            insert_items(tx, queue, items, place_items(tx, queue, items));
        });
    }
    void expect_sound() {
        auto on = database.connect();
        const auto checks =
            read_snapshot(on, [&](transaction& tx) { return verify_queue(tx, queue); });
        for (const auto& one : checks) {
            EXPECT_TRUE(one.ok) << one.name << ": " << one.detail;
        }
    }
};

TEST_P(CockroachWorker, EachItemIsEndedOnceWhateverGoesWrong) {
    constexpr int wanted = 600;
    auto& faults = database.faults();
    journal seen;
    const auto wrong = std::get<0>(GetParam());
    std::int64_t ended = 0;
    std::int64_t unknown = 0;
    {
        std::vector<std::unique_ptr<worker>> fleet;
        for (int i = 0; i < 2; ++i) {
            fleet.push_back(
                std::make_unique<worker>(database.dsn(), "jobs", seen.handler(), quick()));
            fleet.back()->start();
        }
        // To begin with a server that is away is an error; only then is it patience.
        EXPECT_TRUE(eventually([&] {
            return database.count("leasehold.session_parts WHERE role = 'owner'") ==
                   queue.part_count;
        }));
        put(wanted);
        faults.set(wrong, {.probability = 0.1, .most = 40});
        EXPECT_TRUE(eventually([&] { return database.count("leasehold.items_jobs") == 0; }, 60s));
        faults.clear();
        for (const auto& each : fleet) {
            each->drain();
            EXPECT_FALSE(each->failure()) << *each->failure();
            const auto summary = each->summary();
            EXPECT_EQ(summary.lost, 0);
            ended += summary.completed;
            unknown += summary.unknown;
        }
    }
    EXPECT_EQ(seen.items(), static_cast<std::size_t>(wanted));
    EXPECT_EQ(ended + unknown, wanted) << "each is told of once";
    if (std::get<1>(GetParam()) == claim_mode::row) {
        EXPECT_EQ(unknown, 0) << "a claim on the row tells";
    }
    EXPECT_GT(faults.count(wrong), 0) << "nothing went wrong at all";
    EXPECT_EQ(database.count("leasehold.session_parts"), 0);
    expect_sound();
    std::cout << "injected: " << faults.table() << "came out: completed " << ended << ", unknown "
              << unknown << '\n';
}

INSTANTIATE_TEST_SUITE_P(
    Faults, CockroachWorker,
    testing::Combine(testing::Values(fault::restart_at_statement, fault::restart_at_commit,
                                     fault::ambiguous_committed, fault::ambiguous_rolled_back,
                                     fault::lost_before_commit, fault::lost_after_commit),
                     testing::Values(claim_mode::row, claim_mode::lease)),
    [](const auto& one) {
        return std::string{to_text(std::get<0>(one.param))} + "_" +
               std::string{to_text(std::get<1>(one.param))};
    });

}  // namespace
}  // namespace leasehold
