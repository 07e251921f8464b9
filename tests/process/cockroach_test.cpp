// The program against a server that looks like CockroachDB, from the first migration to the end.

#include "tests/cockroach/stub.hpp"
#include "tests/support/database.hpp"
#include "tests/support/program.hpp"
#include "tests/support/wait.hpp"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <csignal>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace leasehold {
namespace {

using nlohmann::json;
using test::eventually;
using test::long_enough;
using test::program_result;
using test::running_leasehold;

struct CockroachProgram : testing::Test {
    test::postgres_database beneath{"what is beneath a stub", test::fresh_database::contents::none};
    test::cockroach_stub server{beneath.dsn()};

    std::vector<std::string> call(std::vector<std::string> arguments) {
        arguments.insert(arguments.begin(), {"--dsn", server.dsn(), "--json"});
        return arguments;
    }
    program_result run(std::vector<std::string> arguments, const std::string& input = {}) {
        return test::run_leasehold(call(std::move(arguments)), {.input = input});
    }
    json answer(std::vector<std::string> arguments, const std::string& input = {}) {
        const auto result = run(std::move(arguments), input);
        EXPECT_EQ(result.status, 0) << result.err;
        return result.status == 0 ? json::parse(result.out) : json{};
    }
    void migrate_and_create() {
        answer({"migrate"});
        answer({"queue", "create", "jobs", "--parts", "8"});
    }
    std::unique_ptr<running_leasehold> start(std::vector<std::string> how) {
        std::vector<std::string> arguments{"work", "jobs", "--ttl", "3000", "--poll", "50"};
        arguments.insert(arguments.end(), how.begin(), how.end());
        return std::make_unique<running_leasehold>(call(std::move(arguments)));
    }
};

TEST_F(CockroachProgram, DoesItsWholeJobAndAKilledWorkersItemsRunAgain) {
    migrate_and_create();
    EXPECT_TRUE(answer({"migrate"})["applied"].empty()) << "the second time there is nothing to do";
    std::string lines;
    for (int i = 0; i < 200; ++i) {
        lines += "line " + std::to_string(i) + '\n';
    }
    EXPECT_EQ(answer({"enqueue", "jobs", "--lines", "-"}, lines)["enqueued"], 200);

    const auto doomed = start({"--slots", "4", "--", "sleep", "600"});
    ASSERT_TRUE(eventually(
        [&] { return beneath.count("leasehold.items_jobs WHERE claim IS NOT NULL") > 0; },
        long_enough));
    doomed->send(SIGKILL);
    EXPECT_EQ(doomed->finish(long_enough).status, 128 + SIGKILL);

    const auto heir = start({"--noop", "--until-empty"});
    const auto result = heir->finish(long_enough);
    ASSERT_EQ(result.status, 0) << result.err;
    EXPECT_EQ(json::parse(result.out)["completed"], 200);
    EXPECT_EQ(answer({"status", "jobs"})["items"]["ready"], 0);
    EXPECT_EQ(run({"verify", "jobs"}).status, 0);
    EXPECT_EQ(run({"queue", "drop", "jobs", "--yes"}).status, 0);
    EXPECT_EQ(run({"status", "jobs"}).status, 1);
}

TEST_F(CockroachProgram, RefusesWhatTheServerCannotDoInItsName) {
    migrate_and_create();
    for (const auto& call :
         std::vector<std::vector<std::string>>{{"queue", "audit", "jobs", "--on"},
                                               {"queue", "parts", "jobs", "--grow", "2x"},
                                               {"bench", "drain"}}) {
        const auto result = run(call);
        EXPECT_EQ(result.status, 1) << call[1];
        EXPECT_NE(result.err.find("this server is CockroachDB"), std::string::npos) << result.err;
    }
    const auto hasty = run({"work", "jobs", "--noop", "--ttl", "2000", "--until-empty"});
    EXPECT_EQ(hasty.status, 1);
    EXPECT_NE(hasty.err.find("the margin is 400 ms"), std::string::npos) << hasty.err;
}

}  // namespace
}  // namespace leasehold
