#include "items/queue_growth.hpp"

#include "items/audit_setup.hpp"
#include "items/dead_store.hpp"
#include "items/queue_setup.hpp"
#include "items/table_steps.hpp"
#include "schema/sql.hpp"
#include "tests/sql/items/growth_scene.hpp"
#include "tests/support/wait.hpp"

#include <gtest/gtest.h>
#include <pqxx/pqxx>

#include <atomic>
#include <set>
#include <stdexcept>
#include <thread>
#include <vector>

namespace leasehold {
namespace {

using namespace std::chrono_literals;
using test::eventually;
using test::hand_driven;
using test::parts_from;

struct QueueGrowth : test::growth_scene {};

TEST_F(QueueGrowth, EveryItemStaysAsItIsButForItsPart) {
    const auto queue = database.make_queue("jobs", 4);
    database.sql(
        "INSERT INTO leasehold.items_jobs (part, id, payload, dedupe, priority, run_at, attempt, "
        "max_attempts, created_at, token, last_error, errors, progress, note, cancel_asked_at) "
        "SELECT leasehold.part_of(id, 4), id, jsonb_build_object('n', n), 'd' || n, n % 3, "
        "       now() + (n % 2) * interval '1 day', n % 5, 7, '2001-02-03', n + 40, 'e' || n, "
        "       '[1]', n % 100, 'note', '2002-03-04' "
        "  FROM (SELECT n, gen_random_uuid() AS id FROM generate_series(1, 500) AS n) AS new");
    const auto before = all_items("jobs");
    const auto made = grow("jobs", 4);
    EXPECT_EQ(made.parts_before, 4);
    EXPECT_EQ(made.parts, 16);
    EXPECT_EQ(made.moved, 500);
    EXPECT_FALSE(made.was_done);
    EXPECT_EQ(all_items("jobs"), before);
    EXPECT_EQ(one("count(DISTINCT part) FROM leasehold.items_jobs"), "16");
    expect_sound(queue, 16);
}

// A column that came later would be lost.
TEST_F(QueueGrowth, EveryColumnIsMoved) {
    database.make_queue("jobs", 1);
    const std::string moved{query::growth_move.postgres};
    const auto list = moved.substr(0, moved.find("SELECT leasehold.part_of"));
    for (const auto& row : database.sql("SELECT column_name FROM information_schema.columns "
                                        "WHERE table_name = 'items_jobs'")) {
        const std::string name = row[0].c_str();
        EXPECT_TRUE(list.find(" " + name + ",") != std::string::npos ||
                    list.find("(" + name + ",") != std::string::npos ||
                    list.find(" " + name + ")") != std::string::npos)
            << name;
    }
}

TEST_F(QueueGrowth, WhatTheViewAndTheLibraryEnqueueGoesToTheNewParts) {
    const auto queue = database.make_queue({.name = "jobs", .part_count = 2, .keyed = true});
    hand_driven seat{database, queue};  // knows of two parts, and of no others
    const new_item once{.payload = "1", .key = "k", .dedupe = "d"};
    const auto first = seat.put({once}).front();
    seat.put({{.payload = "2"}});
    grow("jobs", 8);
    EXPECT_FALSE(seat.put({once}).front().is_new);
    EXPECT_EQ(seat.put({once}).front().id, first.id);
    seat.put({{.payload = "3"}, {.payload = "4", .key = "k"}, {.payload = "5", .dedupe = "e"}});
    database.sql("SELECT leasehold.enqueue('jobs', '6', key => 'k')");
    database.sql("INSERT INTO leasehold.queue_jobs (payload) VALUES ('7')");
    EXPECT_EQ(one("count(*) FROM leasehold.items_jobs"), "7");
    expect_sound(queue, 16);

    const auto lane = one("part FROM leasehold.items_jobs WHERE payload = '1'");
    EXPECT_EQ(one("string_agg(payload::text, '' ORDER BY id) FROM leasehold.items_jobs "
                  "WHERE key = 'k'"),
              "146");
    const part_id part{std::stoi(lane)};
    ASSERT_EQ(seat.take({part}).size(), 1U);
    std::set<std::string> claimed;
    for (const auto& claim : seat.claim_from(part, 10)) {
        claimed.insert(claim.held.payload);
    }
    EXPECT_TRUE(claimed.contains("1"));
    EXPECT_FALSE(claimed.contains("4"));
    const item_id running = first.id;
    EXPECT_EQ(seat.transact([&](transaction& tx) { return cancel_item(tx, queue, running, "no"); }),
              cancel_result::asked);
}

TEST_F(QueueGrowth, DeadItemsComeBackIntoTheNewParts) {
    const auto queue = database.make_queue("jobs", 2);
    hand_driven seat{database, queue};
    for (const auto& item : seat.put(std::vector<new_item>(20, {.payload = "{}"}))) {
        ASSERT_EQ(
            seat.transact([&](transaction& tx) { return cancel_item(tx, queue, item.id, "no"); }),
            cancel_result::cancelled);
    }
    grow("jobs", 4);
    EXPECT_EQ(one("count(*) FROM leasehold.dead_items WHERE part <> leasehold.part_of(id, 8)"),
              "0");
    EXPECT_EQ(
        seat.transact([&](transaction& tx) { return redrive_dead(tx, queue, {}, 100, {}).count; }),
        20);
    expect_sound(queue, 8);
}

// Whatever number one looks at, and whoever still holds an old lease: its epoch is over.
TEST_F(QueueGrowth, EpochsOnlyRise) {
    const auto queue = database.make_queue("jobs", 4);
    database.sql("UPDATE leasehold.parts SET epoch = 10 + part, load = part");
    grow("jobs", 2);
    EXPECT_EQ(one("string_agg(epoch || '/' || load, ' ' ORDER BY part) FROM leasehold.parts"),
              "13/0 13/0 13/0.5 13/0.5 13/1 13/1 13/1.5 13/1.5");
    hand_driven seat{database, queue};
    EXPECT_EQ(seat.take(parts_from(7, 7)).front().term, epoch{14});
}

TEST_F(QueueGrowth, WaitsForSessionsToLetGo) {
    const auto queue = database.make_queue("jobs", 2);
    hand_driven seat{database, queue};
    seat.put(std::vector<new_item>(50, {.payload = "{}"}));
    seat.take(parts_from(0, 1));
    const auto held = seat.claim_from({0}, 100);
    ASSERT_FALSE(held.empty());
    int waits = 0;
    std::vector<growth_progress> told;
    around.told = [&](const growth_progress& far) { told.push_back(far); };
    around.while_waiting = [&] {
        make_plan("jobs");
        EXPECT_TRUE(seat.transact([&](transaction& tx) {
                            return take_leases(tx, "jobs", seat.id(), parts_from(0, 1));
                        })
                        .empty());
        if (++waits == 3) {
            for (const auto& claim : held) {
                EXPECT_EQ(seat.end(claim, row_returned{.error = "moved on"}),
                          ack_result::acknowledged);
            }
            seat.transact([&](transaction& tx) {
                return release_leases(tx, "jobs", seat.id(), parts_from(0, 1), "leave");
            });
        }
    };
    EXPECT_EQ(grow("jobs", 2).moved, 50);
    EXPECT_EQ(waits, 3);
    ASSERT_GT(told.size(), 1U);
    EXPECT_EQ(told[1].now, growth_progress::stage::wait);
    EXPECT_EQ(told[1].done, 2);
    EXPECT_EQ(told[1].of, 1);
    EXPECT_EQ(one("count(*) FROM leasehold.items_jobs WHERE last_error = 'moved on'"),
              std::to_string(held.size()));
    expect_sound(queue, 4);
    // What it still believes of its claims concerns nobody.
    EXPECT_EQ(seat.end(held.front()), ack_result::lost);
}

TEST_F(QueueGrowth, ASessionThatDoesNotLetGoStopsItAndEverybodyGoesOn) {
    const auto queue = database.make_queue("jobs", 2);
    hand_driven seat{database, queue};
    seat.take(parts_from(0, 1));
    around.patience = 300ms;
    const auto text = refusal("jobs", 2);
    EXPECT_NE(text.find("1 sessions still held 2 parts"), std::string::npos) << text;
    expect_sound(queue, 2);
    EXPECT_EQ(one("plan_at <= clock_timestamp() FROM leasehold.queues"), "t");
    make_plan("jobs");
    EXPECT_EQ(one("count(*) FROM leasehold.parts WHERE planned_for = '" + to_text(seat.id()) + "'"),
              "2");
}

TEST_F(QueueGrowth, WhatCannotGrowIsToldWhy) {
    database.make_queue("jobs", 4);
    EXPECT_NE(refusal("nosuch", 2).find("'nosuch'"), std::string::npos);
    EXPECT_NE(refusal("jobs", 1).find("2 to 64"), std::string::npos);
    EXPECT_NE(refusal("jobs", 65).find("2 to 64"), std::string::npos);
    database.make_queue("jobs_6", 1);
    EXPECT_NE(refusal("jobs", 2).find("leasehold.items_jobs_6"), std::string::npos);
    database.make_queue("wide", 512);
    EXPECT_NE(refusal("wide", 3).find("1024 is the most"), std::string::npos);
    database.make_queue("checked", 2);
    switch_audit_on(on, counters, "checked");
    EXPECT_NE(refusal("checked", 2).find("--clear"), std::string::npos);
    switch_audit_off(on, counters, "checked");
    EXPECT_NE(refusal("checked", 2).find("--clear"), std::string::npos);
    clear_audit(on, counters, "checked");
    EXPECT_EQ(refusal("checked", 2), "");
    EXPECT_EQ(one("count(*) FROM leasehold.queues WHERE grows_to IS NOT NULL"), "0");
    expect_no_leftovers();
}

TEST_F(QueueGrowth, AFailureOnTheWayLeavesTheQueueAsItWas) {
    const auto queue = database.make_queue("jobs", 4);
    hand_driven seat{database, queue};
    seat.put(std::vector<new_item>(100, {.payload = "{}"}));
    const auto before = all_items("jobs");
    for (const auto at : {growth_progress::stage::make, growth_progress::stage::move}) {
        around.told = [&](const growth_progress& far) {
            if (far.now == at) {
                throw std::runtime_error("the terminal is gone");
            }
        };
        EXPECT_EQ(refusal("jobs", 2), "the terminal is gone");
        EXPECT_EQ(all_items("jobs"), before);
        expect_sound(queue, 4);
    }
    around.told = {};
    EXPECT_EQ(grow("jobs", 2).moved, 100);
    EXPECT_EQ(all_items("jobs"), before);
    expect_sound(queue, 8);
}

TEST_F(QueueGrowth, ConnectionsThatAreCutLeaveTheQueueAsItWas) {
    const auto queue = database.make_queue("jobs", 4);
    hand_driven seat{database, queue};
    seat.put(std::vector<new_item>(100, {.payload = "{}"}));
    int cuts = 0;
    around.told = [&](const growth_progress& far) {
        if (far.now == growth_progress::stage::move && cuts++ == 0) {
            database.cut("application_name = 'leasehold'");
        }
    };
    EXPECT_NE(refusal("jobs", 2), "");
    expect_sound(queue, 4);
    EXPECT_EQ(grow("jobs", 2).moved, 100);
    expect_sound(queue, 8);
}

/// As a call leaves it that is killed: the tables that it made, some of them filled.
TEST_F(QueueGrowth, WhatACallThatWasCutOffLeftIsClearedUpWhateverTheNextFactor) {
    const auto queue = database.make_queue("jobs", 2);
    hand_driven seat{database, queue};
    seat.put(std::vector<new_item>(100, {.payload = "{}"}));
    const auto before = all_items("jobs");
    const auto leave_behind = [&](const std::string& state, int parts) {
        const table_spec left{.queue = "jobs", .prefix = "grown", .part_count = parts};
        seat.transact([&](transaction& tx) {
            make_items_table(
                tx, {.queue = "jobs", .prefix = "grown", .part_count = parts, .max_attempts = 25});
            for (int part = 0; part < parts; ++part) {
                ddl(tx, queue_ddl::leaf_create, left, part);
            }
        });
        const auto number = std::to_string(parts);
        database.sql(
            "INSERT INTO leasehold.grown_jobs (part, id, payload) "
            "SELECT leasehold.part_of(id, " +
            number +
            "), id, '1' FROM "
            "leasehold.items_jobs");
        database.sql("UPDATE leasehold.queues SET state = '" + state + "', grows_to = " + number);
    };
    leave_behind("growing", 4);
    EXPECT_EQ(grow("jobs", 2).moved, 100);
    EXPECT_EQ(all_items("jobs"), before);
    expect_sound(queue, 4);
    leave_behind("ready", 8);
    EXPECT_EQ(grow("jobs", 4).parts, 16);
    EXPECT_EQ(all_items("jobs"), before);
    expect_sound(queue, 16);
    leave_behind("growing", 32);
    database.sql("UPDATE leasehold.queues SET state = 'ready'");
    database.sql("DELETE FROM leasehold.sessions");
    drop_queue(on, counters, "jobs");
    expect_no_leftovers();
}

TEST_F(QueueGrowth, ProducersGoOn) {
    const auto queue = database.make_queue("jobs", 4);
    std::atomic<bool> over{false};
    std::atomic<int> put{0};
    {
        std::vector<std::jthread> producers;
        producers.emplace_back([&] {
            hand_driven seat{database, queue};
            while (!over) {
                seat.put(std::vector<new_item>(5, {.payload = "1"}));
                put += 5;
            }
        });
        producers.emplace_back([&] {
            pqxx::connection session{database.dsn()};
            while (!over) {
                pqxx::work tx{session};
                tx.exec("SELECT leasehold.enqueue('jobs', '2')");
                tx.commit();
                ++put;
            }
        });
        const auto some_more = [&] {
            const int now = put;
            return eventually([&] { return put > now + 20; });
        };
        EXPECT_TRUE(some_more());
        EXPECT_EQ(refusal("jobs", 2), "");
        EXPECT_TRUE(some_more());
        EXPECT_EQ(refusal("jobs", 4), "");
        EXPECT_TRUE(some_more());
        over = true;
    }
    EXPECT_EQ(one("count(*) FROM leasehold.items_jobs"), std::to_string(put));
    expect_sound(queue, 32);
}

TEST_F(QueueGrowth, RightsAreHandedDown) {
    const auto queue = database.make_queue("jobs", 2);
    const auto role = "producer_of_" + database.name();
    database.sql("CREATE ROLE " + role + " LOGIN");
    database.sql("GRANT USAGE ON SCHEMA leasehold TO " + role);
    database.sql("GRANT INSERT, SELECT (id) ON leasehold.queue_jobs TO " + role);
    database.sql("GRANT INSERT ON leasehold.items_jobs_0, leasehold.items_jobs_1 TO " + role);
    database.sql("GRANT SELECT (id, part), UPDATE (note) ON leasehold.items_jobs TO PUBLIC");
    database.sql("ALTER TABLE leasehold.items_jobs_1 OWNER TO " + role);
    EXPECT_EQ(refusal("jobs", 2), "");
    database.sql("SET ROLE " + role);
    for (int i = 0; i < 40; ++i) {
        database.sql("SELECT leasehold.enqueue('jobs', '1')");
    }
    EXPECT_EQ(one("count(id) FROM leasehold.items_jobs"), "40");
    EXPECT_THROW(database.sql("SELECT payload FROM leasehold.items_jobs"), pqxx::sql_error);
    database.sql("RESET ROLE");
    EXPECT_EQ(one("string_agg(relname, ' ' ORDER BY relname) FROM pg_class WHERE relowner = '" +
                  role + "'::regrole AND relkind = 'r'"),
              "items_jobs_2 items_jobs_3");
    expect_sound(queue, 4);
    database.sql("REASSIGN OWNED BY " + role + " TO CURRENT_USER");
    database.sql("DROP OWNED BY " + role);
    database.sql("DROP ROLE " + role);
}

TEST_F(QueueGrowth, CreatingItAgainWithTheOldPartCountIsRefusedAndSaysHowToGrow) {
    database.make_queue("jobs", 2);
    grow("jobs", 2);
    try {
        create_queue(on, counters, {.name = "jobs", .part_count = 2});
        FAIL() << "took another part count for its own";
    } catch (const sql_failure& failure) {
        EXPECT_NE(std::string{failure.what()}.find("exists with 4 parts, not 2"),
                  std::string::npos);
    }
    EXPECT_EQ(create_queue(on, counters, {.name = "jobs", .part_count = 4}),
              queue_creation::existed);
}

// The lock table of a server as it comes has room for some 6,400 locks.
TEST_F(QueueGrowth, AThousandPartsFitIntoTheServersLockTable) {
    const auto queue = database.make_queue("jobs", 256);
    hand_driven seat{database, queue};
    seat.put(std::vector<new_item>(2'000, {.payload = "{}"}));
    const auto before = all_items("jobs");
    EXPECT_EQ(grow("jobs", 4).moved, 2'000);
    EXPECT_EQ(all_items("jobs"), before);
    expect_sound(queue, 1'024);
}

}  // namespace
}  // namespace leasehold
