#pragma once

#include "parts/plan_store.hpp"
#include "session/session_store.hpp"
#include "tests/support/database.hpp"
#include "tests/support/program.hpp"
#include "tests/support/seats.hpp"
#include "tests/support/wait.hpp"

#include <leasehold/ids.hpp>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <chrono>
#include <csignal>
#include <memory>
#include <string>
#include <vector>

/// A queue, its sessions, and an operator's commands as they are called.
namespace leasehold::test {

struct Operator : testing::Test {
    test::fresh_database db;
    queue_info queue = db.make_queue(queue_spec{.name = "mail", .part_count = 8});

    test::program_result run(std::vector<std::string> arguments) {
        arguments.insert(arguments.begin(), {"--dsn", db.dsn()});
        return test::run_leasehold(arguments);
    }
    nlohmann::json run_json(std::vector<std::string> arguments) {
        arguments.push_back("--json");
        const auto result = run(std::move(arguments));
        EXPECT_EQ(result.status, 0) << result.err;
        return nlohmann::json::parse(result.out.empty() ? "null" : result.out);
    }
    void expect_refused(std::vector<std::string> arguments, int status,
                        const std::vector<std::string>& words) {
        const auto result = run(std::move(arguments));
        EXPECT_EQ(result.status, status) << result.err;
        EXPECT_EQ(result.err.rfind("leasehold: ", 0), 0U) << result.err;
        EXPECT_EQ(std::count(result.err.begin(), result.err.end(), '\n'), 1) << result.err;
        EXPECT_EQ(result.out, "");
        for (const auto& word : words) {
            EXPECT_NE(result.err.find(word), std::string::npos) << word << " in " << result.err;
        }
    }

    template <class Body>
    auto transact(Body body) {
        auto on = db.connect();
        transaction_counters counters;
        return run_transaction(on, counters, body);
    }
    /// A session of that name without a worker behind it, its id beginning with `first`.
    session_id sit(const std::string& name, unsigned char first) {
        auto id = random_session_id();
        id.value.data[0] = first;
        transact([&](transaction& tx) {
            register_session(tx, "mail", id,
                             {.name = name, .host = "here", .pid = 7, .version = "test"}, {});
        });
        return id;
    }
    /// Plans by the strategy, and lets each session take what is planned for it.
    void settle(const std::vector<session_id>& sessions) {
        transact([&](transaction& tx) {
            const auto record = *recorded_plan(tx, "mail");
            write_plan(tx, "mail", record, next_plan(record));
            for (const auto& one : sessions) {
                take_leases(tx, "mail", one, test::parts_from(0, 7));
            }
        });
    }
    std::string text(const std::string& statement) {
        return db.sql(statement)[0][0].as<std::string>();
    }
};

}  // namespace leasehold::test
