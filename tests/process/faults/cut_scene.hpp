#pragma once

#include "tests/process/faults/proxy.hpp"
#include "tests/process/faults/server.hpp"
#include "tests/support/database.hpp"
#include "tests/support/program.hpp"
#include "tests/support/wait.hpp"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <csignal>
#include <memory>
#include <string>
#include <vector>

namespace leasehold::test {

/// A queue, and a proxy by which a worker may come to it.
struct cut_scene : testing::Test {
    static constexpr std::chrono::seconds patience{60};

    fresh_database database;
    proxy way{server::reason_to_skip().empty() ? server::of_environment().socket() : ""};

    explicit cut_scene(claim_mode claims = claim_mode::row) {
        database.make_queue({.name = "jobs", .part_count = 4, .claims = claims});
        database.sql("CREATE TABLE effects (item uuid, attempt int)");
        database.sql("CREATE SEQUENCE runs");
    }

    void SetUp() override {
        if (const auto reason = server::reason_to_skip(); !reason.empty()) {
            GTEST_SKIP() << reason;
        }
    }

    std::unique_ptr<running_leasehold> start(const std::string& dsn,
                                             const std::vector<std::string>& how,
                                             const std::string& name = "w") {
        std::vector<std::string> arguments{"--dsn", dsn,     "--json", "work",   "jobs", "--name",
                                           name,    "--ttl", "2000",   "--poll", "50"};
        arguments.insert(arguments.end(), how.begin(), how.end());
        return std::make_unique<running_leasehold>(arguments);
    }
    int count(const std::string& from) { return database.count(from); }
    void put(int items) {
        database.sql(
            "INSERT INTO leasehold.queue_jobs (payload) SELECT '1' FROM generate_series(1, " +
            std::to_string(items) + ")");
    }
    /// How often the statement of a handler has run, whatever became of its transaction.
    int runs() {
        return database.sql("SELECT CASE WHEN is_called THEN last_value ELSE 0 END FROM runs")[0][0]
            .as<int>();
    }
    void wait_until_empty() {
        ASSERT_TRUE(eventually([&] { return count("leasehold.items_jobs") == 0; }, patience));
    }
    nlohmann::json stop(running_leasehold& one) {
        one.send(SIGTERM);
        const auto result = one.finish(patience);
        EXPECT_EQ(result.status, 0) << result.err;
        return nlohmann::json::parse(result.out);
    }
};

}  // namespace leasehold::test
