// What else is done to a queue while it grows.

#include "items/audit_setup.hpp"
#include "items/dead_store.hpp"
#include "items/queue_setup.hpp"
#include "tests/sql/items/growth_scene.hpp"
#include "tests/support/wait.hpp"

#include <gtest/gtest.h>
#include <pqxx/pqxx>

#include <functional>
#include <optional>
#include <thread>
#include <vector>

namespace leasehold {
namespace {

using namespace std::chrono_literals;
using test::eventually;
using test::hand_driven;
using test::patient;

using stage = growth_progress::stage;

struct GrowthMeets : test::growth_scene {
    queue_info queue = database.make_queue("jobs", 4);

    /// Does `what` once, when the growth has come so far.
    void when(stage at, std::function<void()> what) {
        done_ = false;
        around.told = [this, at, what = std::move(what)](const growth_progress& far) {
            if (far.now == at && !std::exchange(done_, true)) {
                what();
            }
        };
    }
    std::string state() { return one("state FROM leasehold.queues"); }
    void put(int count) {
        hand_driven seat{database, queue};
        seat.put(std::vector<new_item>(static_cast<std::size_t>(count), {.payload = "{}"}));
    }

private:
    bool done_ = false;
};

/// Another call, with connections of its own.
struct other_call {
    connection first;
    connection second;
    transaction_counters counters{};

    explicit other_call(const test::fresh_database& database)
        : first(database.connect(patient)), second(database.connect(patient)) {}
    std::string refusal(int factor) {
        try {
            grow_queue(first, second, counters, "jobs", factor, {});
        } catch (const sql_failure& failure) {
            return failure.what();
        }
        return "";
    }
};

// It would drop and make anew the tables that the first one has filled in part.
TEST_F(GrowthMeets, ASecondCallIsRefusedAndTouchesNothing) {
    put(200);
    const auto before = all_items("jobs");
    other_call other{database};
    for (const auto at : {stage::make, stage::move, stage::clean}) {
        std::string text;
        when(at, [&] { text = other.refusal(2); });
        const auto made = grow("jobs", 2);
        EXPECT_NE(text.find("being grown by another call"), std::string::npos) << text;
        EXPECT_EQ(made.moved, 200);
        EXPECT_EQ(all_items("jobs"), before);
    }
    expect_sound(queue, 32);
}

TEST_F(GrowthMeets, ACallGoesAheadWhenTheOneBeforeHasFailed) {
    put(100);
    std::optional<other_call> other{database};
    when(stage::make, [&] {
        EXPECT_NE(other->refusal(2), "");
        throw std::runtime_error("enough");
    });
    EXPECT_EQ(refusal("jobs", 2), "enough");
    EXPECT_EQ(other->refusal(2), "");
    expect_sound(queue, 8);
}

// What is being dropped is not brought back, and nothing is left behind.
TEST_F(GrowthMeets, AQueueThatIsBeingDroppedStaysSo) {
    put(100);
    for (const auto at : {stage::make, stage::move}) {
        database.sql("UPDATE leasehold.queues SET state = 'ready'");
        when(at, [&] {
            database.sql("DELETE FROM leasehold.sessions");
            database.sql("UPDATE leasehold.queues SET state = 'dropping'");
        });
        EXPECT_NE(refusal("jobs", 2), "");
        EXPECT_EQ(state(), "dropping");
        expect_no_leftovers();
    }
    drop_queue(on, counters, "jobs");
    EXPECT_EQ(one("count(*) FROM leasehold.queues"), "0");
}

TEST_F(GrowthMeets, AQueueThatIsDroppedMeanwhileLeavesNothing) {
    when(stage::make, [&] {
        auto by_hand = database.connect(patient);
        drop_queue(by_hand, counters, "jobs");
    });
    EXPECT_NE(refusal("jobs", 2).find("dropped"), std::string::npos);
    expect_no_leftovers();
    EXPECT_EQ(one("count(*) FROM pg_class WHERE relname ~ 'jobs'"), "0");
}

// Its triggers are on the old tables: it would see nothing from then on.
TEST_F(GrowthMeets, AnAuditThatBeginsMeanwhileStopsIt) {
    put(100);
    when(stage::make, [&] {
        auto by_hand = database.connect(patient);
        switch_audit_on(by_hand, counters, "jobs");
    });
    EXPECT_NE(refusal("jobs", 2).find("is audited"), std::string::npos);
    expect_sound(queue, 4);
    EXPECT_EQ(one("count(DISTINCT tgrelid) FROM pg_trigger WHERE tgname = 'audit_item'"), "4");
}

TEST_F(GrowthMeets, NoAuditBeginsWhileItGrows) {
    std::string text;
    when(stage::move, [&] {
        auto by_hand = database.connect(patient);
        try {
            switch_audit_on(by_hand, counters, "jobs");
        } catch (const sql_failure& failure) {
            text = failure.what();
        }
    });
    EXPECT_EQ(refusal("jobs", 2), "");
    EXPECT_NE(text.find("is growing"), std::string::npos);
    EXPECT_EQ(one("audit FROM leasehold.queues"), "off");
    expect_sound(queue, 8);
}

// Whoever waits for the lock began before the items were there where it then looks for them.
TEST_F(GrowthMeets, WhoCancelsAnItemMeanwhileFindsIt) {
    hand_driven seat{database, queue};
    const auto items = seat.put(std::vector<new_item>(20, {.payload = "{}"}));
    std::jthread other;
    std::optional<cancel_result> result;
    when(stage::move, [&] {
        other = std::jthread{[&] {
            result = seat.transact(
                [&](transaction& tx) { return cancel_item(tx, queue, items.back().id, "no"); });
        }};
        EXPECT_TRUE(eventually([&] {
            return one("count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND "
                       "datname = current_database()") != "0";
        }));
    });
    EXPECT_EQ(refusal("jobs", 2), "");
    other.join();
    EXPECT_EQ(result, cancel_result::cancelled);
    expect_sound(queue, 8);
}

TEST_F(GrowthMeets, SettingsThatChangeMeanwhileStand) {
    when(stage::make, [&] {
        auto by_hand = database.connect(patient);
        change_queue(by_hand, counters, "jobs", {.max_attempts = 3, .strategy = "sticky"});
    });
    EXPECT_EQ(refusal("jobs", 2), "");
    database.sql("SELECT leasehold.enqueue('jobs', '1')");
    EXPECT_EQ(one("max_attempts FROM leasehold.items_jobs"), "3");
    EXPECT_EQ(one("strategy FROM leasehold.queues"), "sticky");
    expect_sound(queue, 8);
}

}  // namespace
}  // namespace leasehold
