// What a read and an acknowledgement by the lease look at grows with the batch, and with nothing
// else: not with the part, nor with what was done before, nor with what waits at other priorities.

#include "items/claim_store.hpp"
#include "tests/support/explained.hpp"
#include "tests/support/leased_seat.hpp"

#include <gtest/gtest.h>
#include <pqxx/pqxx>

#include <algorithm>
#include <vector>

namespace leasehold {
namespace {

using test::looks_at;
using test::pages_of;
using test::plan_of;
using test::rows_changed;

/// A page of the table for each item, one of the index for some of them, and the way down.
constexpr int pages_to_read(int batch) { return 2 * batch + 30; }

const std::vector<row_change> all_changes{row_done{}, row_returned{},
                                          row_buried{.error = "no", .reason = death::buried}};

struct LeaseCost : testing::Test {
    test::postgres_database database{"plans of statements"};
    queue_info queue =
        database.make_queue({.name = "jobs", .part_count = 1, .claims = claim_mode::lease});
    test::leased_seat owner{database, queue};
    lease own = owner.begin({{0}}).at(0);

    /// @param due  as SQL
    void put(int count, int priority = 0, const std::string& due = "now()") {
        database.sql("INSERT INTO leasehold.queue_jobs (payload, priority, run_at) SELECT '{}', " +
                     std::to_string(priority) + ", " + due + " FROM generate_series(1, " +
                     std::to_string(count) + ")");
        database.sql("ANALYZE leasehold.items_jobs_0");
    }
    claim_wish wish(int count, const scan_position& behind = {}) const {
        return {.session = owner.id(),
                .part = {0},
                .claims_max = count,
                .behind = behind,
                .base = own.way.base,
                .by_lease = own.term};
    }
    template <class Body>
    auto in_batch(Body body) {
        transaction_counters counters;
        return run_locked(owner.on(), counters, body);
    }
    std::vector<claim> seen(int count, const scan_position& behind = {}) {
        return in_batch(
            [&](transaction& tx) { return claim_items(tx, queue, wish(count, behind)).claims; });
    }
    int pages_of_read(int count, const scan_position& behind = {}) {
        return in_batch([&](transaction& tx) {
            return pages_of(plan_of(tx, claim_statement(queue, wish(count, behind))));
        });
    }
    static std::vector<ack_request> ends_of(std::vector<claim> held, const row_change& change) {
        std::vector<ack_request> requests;
        for (auto& one : held) {
            requests.push_back({std::move(one), change});
        }
        return requests;
    }
    /// A plan for each statement: those whose rows have one token go together.
    std::vector<nlohmann::json> plans_of_end(const std::vector<ack_request>& requests) {
        return in_batch([&](transaction& tx) {
            std::vector<nlohmann::json> plans;
            for (const auto& step : ack_steps(queue, requests)) {
                plans.push_back(plan_of(tx, step.what));
            }
            return plans;
        });
    }
    int pages_of_end(int count, const row_change& change, const scan_position& behind = {}) {
        const auto requests = ends_of(seen(count, behind), change);
        EXPECT_EQ(requests.size(), static_cast<std::size_t>(count));
        double changed = 0;
        int pages = 0;
        for (const auto& plan : plans_of_end(requests)) {
            changed += rows_changed("items_jobs_0", plan);
            pages += pages_of(plan);
        }
        EXPECT_EQ(changed, count);
        return pages;
    }
    /// Works off at least `count` items, from place to place. @return the last place
    scan_position work_off(int count) {
        scan_position last;
        for (int done = 0; done < count;) {
            const auto held = seen(500, last);
            if (held.empty() && last != scan_position{}) {
                last = {};  // what is left has another priority
                continue;
            }
            if (held.empty()) {
                ADD_FAILURE() << "nothing is left after " << done;
                break;
            }
            for (const auto& one : held) {
                last = std::max(last, {one.held.priority, one.held.run_at_us, one.held.id});
            }
            const auto requests = ends_of(held, row_done{});
            in_batch([&](transaction& tx) { acknowledge(tx, queue, requests); });
            done += static_cast<int>(held.size());
        }
        return last;
    }
    /// Behind `place` a batch costs what a batch does; from the top it costs all that was done.
    void expect_cost_of_batch_behind(const scan_position& place) {
        EXPECT_LE(pages_of_read(100, place), pages_to_read(100));
        EXPECT_GT(pages_of_read(100), 10 * pages_to_read(100)) << "so the check above can fail";
        for (const auto& change : all_changes) {
            const int ten = pages_of_end(10, change, place);
            EXPECT_LE(pages_of_end(100, change, place), 12 * ten + 50) << change.index();
        }
    }
    /// While `body` runs, the server clears nothing away.
    template <class Body>
    void with_old_snapshot(Body body) {
        auto old = database.connect();
        read_snapshot(old, [&](transaction& tx) {
            tx.run("SELECT count(*) FROM leasehold.items_jobs");
            body();
        });
    }
};

TEST_F(LeaseCost, AnAcknowledgementLooksForAllItsItemsAtOnce) {
    database.put("jobs", 300);
    for (const bool known : {false, true}) {
        if (known) {
            database.sql("ANALYZE");
        }
        for (const auto& change : all_changes) {
            const auto plans = plans_of_end(ends_of(seen(50), change));
            ASSERT_EQ(plans.size(), 1U);
            EXPECT_EQ(looks_at("items_jobs_0", plans[0]), 1) << change.index() << known;
        }
    }
}

TEST_F(LeaseCost, AReadLooksAtItsBatchHoweverLongThePart) {
    for (const int more : {1'000, 20'000}) {
        put(more);
        for (const int batch : {10, 200}) {
            EXPECT_LE(pages_of_read(batch), pages_to_read(batch)) << more;
            const auto before = seen(batch).back().held;
            EXPECT_LE(pages_of_read(batch, {before.priority, before.run_at_us, before.id}),
                      pages_to_read(batch))
                << more;
        }
    }
    EXPECT_GT(pages_of_read(20'000), 10 * pages_to_read(200)) << "so the checks above can fail";
}

TEST_F(LeaseCost, AnAcknowledgementLooksAtItsBatchHoweverLongThePart) {
    std::vector<int> of_short;
    put(2'000);
    for (const auto& change : all_changes) {
        of_short.push_back(pages_of_end(100, change));
    }
    put(20'000);
    for (std::size_t i = 0; i < all_changes.size(); ++i) {
        const int ten = pages_of_end(10, all_changes[i]);
        const int hundred = pages_of_end(100, all_changes[i]);
        EXPECT_LE(hundred, 2 * of_short[i] + 50) << i;
        EXPECT_LE(hundred, 12 * ten + 50) << i;
        EXPECT_GT(hundred, 100) << "a page for each item at least; " << i;
    }
}

TEST_F(LeaseCost, BehindAPlaceNothingIsLookedAtThatWasDoneBefore) {
    put(6'000);
    with_old_snapshot([&] {
        const auto place = work_off(5'000);
        expect_cost_of_batch_behind(place);
    });
}

TEST_F(LeaseCost, WhatWasDoneAtAnotherPriorityIsNotLookedAtAgain) {
    put(3'000, -7);
    put(3'000, 0);
    put(3'000, 7);
    with_old_snapshot([&] {
        const auto place = work_off(3'500);
        ASSERT_EQ(place.priority, 0);
        expect_cost_of_batch_behind(place);
    });
}

// A look from the top passes each priority by one probe, though all that waits there is for later.
TEST_F(LeaseCost, WhatIsScheduledAtAnotherPriorityCostsAProbe) {
    put(5'000, -7, "now() + interval '1 day'");
    put(500, 0);
    put(5'000, 7);
    EXPECT_EQ(seen(100).at(0).held.priority, 0);
    EXPECT_LE(pages_of_read(100), pages_to_read(100));
}

}  // namespace
}  // namespace leasehold
