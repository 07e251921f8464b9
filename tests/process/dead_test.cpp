// leasehold dead, cancel, enqueue --key and --dedupe, queue create --keyed and queue set, as a user
// meets them.

#include "tests/support/database.hpp"
#include "tests/support/program.hpp"
#include "tests/support/wait.hpp"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <string>
#include <vector>

namespace leasehold {
namespace {

using namespace std::chrono_literals;
using nlohmann::json;

constexpr const char* nobody = "0b51f5de-6c2e-4b0c-9d39-5e1a7c7c1f42";

struct DeadCli : testing::Test {
    test::fresh_database database;

    void SetUp() override {
        database.make_queue({.name = "mail",
                             .part_count = 2,
                             .max_attempts = 2,
                             .retries = {.base = 1ms, .max = 2ms}});
        database.make_queue({.name = "accounts", .part_count = 2, .keyed = true});
    }
    test::program_result run(std::vector<std::string> arguments) {
        arguments.insert(arguments.begin(), {"--dsn", database.dsn()});
        return test::run_leasehold(arguments);
    }
    json read(std::vector<std::string> arguments) {
        arguments.push_back("--json");
        const auto result = run(std::move(arguments));
        EXPECT_EQ(result.status, 0) << result.err;
        return json::parse(result.out);
    }
    std::string put(const std::string& payload) {
        return read({"enqueue", "mail", "--payload", payload})["id"];
    }
    /// Works the queue with a program that fails, until every item has spent its attempts.
    void fail_all(const std::string& complaint) {
        // One that waits for its retry is not waited for by --until-empty.
        const auto worked = [&] {
            const auto result = run({"work", "mail", "--poll", "10", "--until-empty", "--", "sh",
                                     "-c", "echo " + complaint + " >&2; exit 1"});
            EXPECT_EQ(result.status, 0) << result.err;
            return database.sql("SELECT NOT EXISTS (SELECT FROM leasehold.items_mail)")[0][0]
                .as<bool>();
        };
        EXPECT_TRUE(test::eventually(worked, 60s));
    }
    void expect_refused(const std::vector<std::string>& arguments, int status,
                        const std::string& words) {
        const auto result = run(arguments);
        EXPECT_EQ(result.status, status) << result.out;
        EXPECT_NE(result.err.find(words), std::string::npos) << result.err;
    }
};

TEST_F(DeadCli, WhatFailedForGoodIsListedShownRedrivenAndDeleted) {
    const auto first = put(R"({"to": "ann"})");
    const auto second = put(R"({"to": "bob"})");
    fail_all("mailbox full");
    const auto listed = read({"dead", "list", "mail"});
    ASSERT_EQ(listed.size(), 2U);
    EXPECT_EQ(listed[0]["reason"], "spent");
    EXPECT_EQ(listed[0]["attempt"], 2);
    EXPECT_EQ(listed[0]["errors"].size(), 2U);
    EXPECT_EQ(read({"dead", "list", "mail", "--error", "mailbox"}).size(), 2U);
    EXPECT_EQ(read({"dead", "list", "mail", "--error", "timeout"}).size(), 0U);
    EXPECT_EQ(read({"dead", "list", "mail", "--limit", "1"}).size(), 1U);
    EXPECT_EQ(read({"dead", "list", "mail", "--since", "1h"}).size(), 2U);
    EXPECT_EQ(read({"dead", "list", "mail", "--before", "1h"}).size(), 0U);
    EXPECT_EQ(read({"dead", "list", "mail", "--since", "yesterday"}).size(), 2U);

    const auto shown = run({"dead", "show", "mail", first});
    EXPECT_EQ(shown.status, 0) << shown.err;
    EXPECT_NE(shown.out.find("exit 1: mailbox full"), std::string::npos) << shown.out;
    EXPECT_NE(shown.out.find(R"({"to": "ann"})"), std::string::npos) << shown.out;

    EXPECT_EQ(read({"dead", "redrive", "mail", first}), (json{{"redriven", 1}, {"pending", 0}}));
    EXPECT_EQ(run({"work", "mail", "--noop", "--until-empty"}).status, 0);
    EXPECT_EQ(read({"dead", "delete", "mail", second}), (json{{"deleted", 1}}));
    EXPECT_EQ(read({"dead", "list", "mail"}).size(), 0U);
}

TEST_F(DeadCli, WhatIsNotThereIsAFailureWithARemedy) {
    expect_refused({"dead", "show", "mail", nobody}, 1, "leasehold dead list mail");
    EXPECT_EQ(run({"dead", "redrive", "mail", nobody}).status, 1);
    const auto deleted = run({"dead", "delete", "mail", nobody});
    EXPECT_EQ(deleted.status, 1);
    EXPECT_NE(deleted.err.find("leasehold dead list mail"), std::string::npos) << deleted.err;
    const auto result = run({"cancel", "mail", nobody});
    EXPECT_EQ(result.status, 1);
    EXPECT_EQ(result.out, std::string{nobody} + "  missing\n");
    EXPECT_EQ(run({"dead", "redrive", "mail", "--all"}).status, 0) << "nothing to do is no failure";
}

TEST_F(DeadCli, WrongCallsNameTheValueAndChangeNothing) {
    put("1");
    fail_all("x");
    expect_refused({"dead", "redrive", "mail"}, 2, "say what to redrive");
    expect_refused({"dead", "delete", "mail"}, 2, "say what to delete");
    expect_refused({"dead", "delete", "mail", "--error", ""}, 2, "--error is empty");
    expect_refused({"dead", "list", "mail", "--key", "\xff"}, 2, "is not UTF-8");
    expect_refused({"cancel", "mail", nobody, "--reason", std::string(1'001, 'x')}, 2,
                   "1001 bytes");
    expect_refused({"dead", "delete", "mail", "--all"}, 2, "--yes");
    expect_refused({"dead", "delete", "mail", "--all", "--yes", "--error", "x"}, 2,
                   "say what to delete");
    expect_refused({"dead", "list", "mail", "--reason", "bored"}, 2, "'bored'");
    expect_refused({"dead", "list", "mail", "--since", "yesterdayish"}, 2,
                   "--since is 'yesterdayish'; it must be a time");
    expect_refused({"dead", "delete", "mail", "--before", "32nd"}, 2, "32nd");
    expect_refused({"dead", "list", "mail", "--since", "99999999999999d"}, 2, "or an age");
    expect_refused({"dead", "show", "mail", "17"}, 2, "'17' is not an id");
    expect_refused({"cancel", "mail", "x"}, 2, "'x' is not an id");
    expect_refused({"dead", "list", "nowhere"}, 1, "there is no queue 'nowhere'");
    expect_refused({"queue", "set", "mail"}, 2, "nothing to change");
    expect_refused({"queue", "set", "mail", "--retry-base", "60000"}, 1, "give both");
    expect_refused({"queue", "create", "x", "--retry-base", "20", "--retry-max", "10"}, 2,
                   "longer than retry_max");
    EXPECT_EQ(read({"dead", "list", "mail"}).size(), 1U);
}

TEST_F(DeadCli, AnItemThatWaitsIsCancelledAndAnItemThatRunsIsStopped) {
    const auto waiting = put("1");
    EXPECT_EQ(read({"cancel", "mail", waiting, "--reason", "no longer wanted"})[0]["result"],
              "cancelled");
    const auto dead = read({"dead", "show", "mail", waiting});
    EXPECT_EQ(dead["reason"], "cancelled");
    EXPECT_EQ(dead["last_error"], "no longer wanted");

    test::running_leasehold worker{{"--dsn", database.dsn(), "--json", "work", "mail", "--poll",
                                    "20", "--", "sh", "-c", "echo begun >&2; exec sleep 1000"}};
    const auto running = put("2");
    const auto claimed = [&] {
        return database
                   .sql("SELECT count(*) FROM leasehold.items_mail WHERE claim IS NOT NULL")[0][0]
                   .as<int>() == 1;
    };
    ASSERT_TRUE(test::eventually(claimed, 60s));
    EXPECT_EQ(read({"cancel", "mail", running})[0]["result"], "asked");
    EXPECT_TRUE(worker.complains("item cancelled item=" + running, 30s));
    worker.send(SIGTERM);
    const auto summary = json::parse(worker.finish(30s).out);
    EXPECT_EQ(summary["cancelled"], 1);
    EXPECT_EQ(summary["released"], 0);
    EXPECT_EQ(read({"dead", "show", "mail", running})["reason"], "cancelled");
}

TEST_F(DeadCli, ASecondEnqueueWithADedupeKeyAnswersTheFirstId) {
    const auto first = read({"enqueue", "mail", "--payload", "1", "--dedupe", "d"});
    EXPECT_EQ(first["enqueued"], 1);
    const auto second = read({"enqueue", "mail", "--payload", "2", "--dedupe", "d"});
    EXPECT_EQ(second["enqueued"], 0);
    EXPECT_EQ(second["pending"], 1);
    EXPECT_EQ(second["id"], first["id"]);
    const auto said = run({"enqueue", "mail", "--payload", "2", "--dedupe", "d"});
    EXPECT_EQ(said.out, "enqueued 0, already pending: id " + first["id"].get<std::string>() + "\n");
    expect_refused({"enqueue", "mail", "--lines", "-", "--dedupe", "d"}, 2, "--dedupe");
    expect_refused({"enqueue", "mail", "--payload", "1", "--dedupe", ""}, 2, "is empty");
}

TEST_F(DeadCli, KeysGoWithKeyedQueuesOnlyAndItemsOfOneRunInOrder) {
    expect_refused({"enqueue", "mail", "--payload", "1", "--key", "ann"}, 1, "is not keyed");
    expect_refused({"queue", "create", "mail", "--parts", "2", "--keyed", "--if-not-exists"}, 1,
                   "is not keyed");
    expect_refused({"enqueue", "accounts", "--payload", "1", "--key", "ann", "--id", nobody}, 2,
                   "leave one of them out");
    for (int i = 1; i <= 5; ++i) {
        run({"enqueue", "accounts", "--payload", std::to_string(i), "--key", "ann"});
    }
    database.sql("CREATE TABLE done (n serial, payload text, key text)");
    const auto worked = run({"work", "accounts", "--slots", "4", "--until-empty", "--sql",
                             "INSERT INTO done (payload, key) VALUES (:payload::text, 'k')"});
    EXPECT_EQ(worked.status, 0) << worked.err;
    EXPECT_EQ(
        database.sql("SELECT string_agg(payload, '' ORDER BY n) FROM done")[0][0].as<std::string>(),
        "12345");
}

TEST_F(DeadCli, ChangedAttemptsHoldForItemsToCome) {
    put("1");
    EXPECT_EQ(read({"queue", "set", "mail", "--max-attempts", "7", "--retry-max", "50"})["changed"],
              true);
    put("2");
    database.sql("SELECT leasehold.enqueue('mail', '3')");
    EXPECT_EQ(database
                  .sql("SELECT string_agg(max_attempts::text, ' ' ORDER BY payload::int) "
                       "FROM leasehold.queue_mail")[0][0]
                  .as<std::string>(),
              "2 7 7");
}

}  // namespace
}  // namespace leasehold
