#pragma once

#include "items/queue_growth.hpp"
#include "items/verify_store.hpp"
#include "parts/queue_store.hpp"
#include "tests/support/seats.hpp"

#include <gtest/gtest.h>
#include <pqxx/pqxx>

#include <chrono>
#include <string>

namespace leasehold::test {

inline const connect_options patient{.statement_timeout = milliseconds{0},
                                     .index_scans_only = false};

/// A queue that grows, in this thread.
struct growth_scene : testing::Test {
    postgres_database database{"growth"};
    connection on = database.connect(patient);
    connection beside = database.connect(patient);
    transaction_counters counters;
    growth_surroundings around;

    /// What a session that is at work would do.
    void make_plan(const std::string& queue) {
        run_transaction(beside, counters, [&](transaction& tx) {
            if (const auto record = due_plan(tx, queue)) {
                write_plan(tx, queue, *record, next_plan(*record));
            }
        });
    }
    growth grow(const std::string& queue, int factor) {
        if (!around.while_waiting) {
            around.while_waiting = [this, queue] { make_plan(queue); };
        }
        return grow_queue(on, beside, counters, queue, factor, around);
    }
    std::string refusal(const std::string& queue, int factor) {
        try {
            grow(queue, factor);
        } catch (const std::exception& error) {
            return error.what();
        }
        return "";
    }
    std::string one(const std::string& value) {
        const auto row = database.sql("SELECT " + value)[0];
        return row[0].is_null() ? "null" : row[0].as<std::string>();
    }
    /// All that is known of the items but for their parts.
    std::string all_items(const std::string& queue) {
        return one(
            "md5(string_agg((to_jsonb(i) - 'part')::text, ',' ORDER BY id)) "
            "FROM leasehold.items_" +
            queue + " AS i");
    }
    void expect_sound(const queue_info& queue, int parts) {
        const auto checks = read_snapshot(on, [&](transaction& tx) {
            return verify_queue(tx, *find_queue(tx, queue.name));
        });
        for (const auto& check : checks) {
            EXPECT_TRUE(check.ok) << check.name << ": " << check.detail;
        }
        EXPECT_EQ(one("part_count FROM leasehold.queues WHERE name = '" + queue.name + "'"),
                  std::to_string(parts));
        EXPECT_EQ(one("state || coalesce(grows_to, 0) FROM leasehold.queues WHERE name = '" +
                      queue.name + "'"),
                  "ready0");
        EXPECT_EQ(one("count(*) FROM leasehold.parts WHERE queue = '" + queue.name + "'"),
                  std::to_string(parts));
        EXPECT_EQ(one("count(*) FROM leasehold.items_" + queue.name +
                      " WHERE part <> leasehold.part_of(id, " + std::to_string(parts) + ")"),
                  "0");
        expect_no_leftovers();
    }
    void expect_no_leftovers() {
        EXPECT_EQ(one("string_agg(relname, ' ') FROM pg_class WHERE relkind IN ('r', 'p', 'i', "
                      "'I') AND relname ~ '^(grown|stale)_'"),
                  "null");
    }
};

}  // namespace leasehold::test
