// The program as a user meets it: what it prints, in which form, and how it exits.

#include "items/claim_store.hpp"
#include "parts/lease_store.hpp"
#include "session/session_store.hpp"
#include "tests/support/database.hpp"
#include "tests/support/program.hpp"
#include "tests/support/seats.hpp"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>
#include <pqxx/pqxx>

#include <csignal>
#include <fstream>
#include <sstream>

namespace leasehold {

namespace {

using namespace std::chrono_literals;
using nlohmann::json;

std::vector<std::string> keys_of(const json& object) {
    std::vector<std::string> keys;
    for (const auto& [key, value] : object.items()) {
        keys.push_back(key);
    }
    return keys;
}

class Cli : public testing::Test {
protected:
    test::program_result run(std::vector<std::string> arguments, const std::string& input = {}) {
        arguments.insert(arguments.begin(), {"--dsn", db.dsn()});
        return test::run_leasehold(arguments, {.input = input});
    }

    json run_json(std::vector<std::string> arguments, const std::string& input = {}) {
        arguments.push_back("--json");
        const auto result = run(std::move(arguments), input);
        EXPECT_EQ(result.status, 0) << result.err;
        return json::parse(result.out);
    }

    /// A session that owns the first two parts and has claimed one item of the first.
    session_id sit_down(const queue_info& queue) {
        const auto id = random_session_id();
        auto on = db.connect();
        transaction_counters counters;
        run_transaction(on, counters, [&](transaction& tx) {
            register_session(tx, queue.name, id,
                             {.name = "me", .host = "here", .pid = 7, .version = "test"}, {});
            test::take_planned(tx, queue.name, id, {{0}, {1}});
        });
        run_transaction(on, counters, [&](transaction& tx) {
            claim_items(tx, queue, {id, {0}, 1});
        });
        return id;
    }

    test::fresh_database db{};
};

TEST_F(Cli, EveryHelpHasAnExampleAndSucceeds) {
    const std::vector<std::vector<std::string>> commands{{},
                                                         {"migrate"},
                                                         {"queue"},
                                                         {"queue", "create"},
                                                         {"queue", "list"},
                                                         {"queue", "audit"},
                                                         {"queue", "drop"},
                                                         {"enqueue"},
                                                         {"work"},
                                                         {"status"},
                                                         {"parts"},
                                                         {"sessions"},
                                                         {"verify"},
                                                         {"plan"},
                                                         {"log"},
                                                         {"cordon"},
                                                         {"uncordon"},
                                                         {"evict"},
                                                         {"queue", "set"},
                                                         {"queue", "pause"},
                                                         {"queue", "resume"},
                                                         {"bench"},
                                                         {"bench", "drain"},
                                                         {"bench", "limit"},
                                                         {"bench", "baselines"},
                                                         {"bench", "latency"},
                                                         {"bench", "enqueue"},
                                                         {"bench", "horizon"}};
    for (auto command : commands) {
        command.push_back("--help");
        const auto result = test::run_leasehold(command, {.environment = {{"LEASEHOLD_DSN", ""}}});
        EXPECT_EQ(result.status, 0) << result.err;
        EXPECT_NE(result.out.find("Example"), std::string::npos) << result.out;
        EXPECT_NE(result.out.find("leasehold " + (command.size() > 1 ? command.front() : "")),
                  std::string::npos)
            << result.out;
        EXPECT_EQ(result.err, "");
    }
}

TEST_F(Cli, VersionIsOneLine) {
    const auto result = test::run_leasehold({"--version"});
    EXPECT_EQ(result.status, 0);
    EXPECT_EQ(result.out.rfind("leasehold ", 0), 0U);
    EXPECT_EQ(std::count(result.out.begin(), result.out.end(), '\n'), 1);
}

TEST_F(Cli, TheDatabaseIsNamedByOptionBeforeOrAfterTheCommandOrByTheEnvironment) {
    db.make_queue("mail", 1);
    EXPECT_EQ(test::run_leasehold({"--dsn", db.dsn(), "status", "mail"}).status, 0);
    EXPECT_EQ(test::run_leasehold({"status", "mail", "--dsn=" + db.dsn()}).status, 0);
    EXPECT_EQ(test::run_leasehold({"queue", "list", "--json", "--dsn", db.dsn()}).status, 0);
    EXPECT_EQ(test::run_leasehold({"status", "mail"},
                                  {.environment = {{"LEASEHOLD_DSN", db.dsn()}}})
                  .status,
              0);
}

TEST_F(Cli, MigrateSaysWhatIsBehindAndBringsItUp) {
    db.sql("DROP SCHEMA leasehold CASCADE");
    const auto behind = run({"migrate", "--check"});
    EXPECT_EQ(behind.status, 1);
    EXPECT_NE(behind.err.find("behind by 000"), std::string::npos) << behind.err;
    EXPECT_NE(behind.err.find("run: leasehold migrate"), std::string::npos) << behind.err;
    EXPECT_EQ(run({"migrate"}).status, 0);
    EXPECT_EQ(run({"migrate"}).status, 0);
    EXPECT_EQ(run({"migrate", "--check"}).status, 0);
    const auto state = run_json({"migrate", "--check"});
    EXPECT_EQ(state["installed"], state["known"]);
    EXPECT_EQ(state["pending"], json::array());
}

TEST_F(Cli, MigrateMayRunTenTimesAtOnce) {
    db.sql("DROP SCHEMA leasehold CASCADE");
    std::vector<std::unique_ptr<test::running_leasehold>> running;
    for (int i = 0; i < 10; ++i) {
        running.push_back(std::make_unique<test::running_leasehold>(
            std::vector<std::string>{"migrate", "--dsn", db.dsn()}));
    }
    for (auto& one : running) {
        const auto result = one->finish(60s);
        EXPECT_EQ(result.status, 0) << result.err;
    }
    EXPECT_EQ(run({"migrate", "--check"}).status, 0);
}

TEST_F(Cli, QueuesAreCreatedListedAndDropped) {
    EXPECT_EQ(run({"queue", "create", "mail", "--parts", "3", "--max-attempts", "4"}).status, 0);
    const auto again = run({"queue", "create", "mail", "--parts", "3"});
    EXPECT_EQ(again.status, 1);
    EXPECT_NE(again.err.find("--if-not-exists"), std::string::npos) << again.err;
    const auto accepted = run_json({"queue", "create", "mail", "--parts", "3", "--if-not-exists"});
    EXPECT_EQ(accepted,
              (json{{"queue", "mail"}, {"parts", 3}, {"keyed", false}, {"created", false}}));
    const auto list = run_json({"queue", "list"});
    ASSERT_EQ(list.size(), 1U);
    EXPECT_EQ(list[0]["name"], "mail");
    EXPECT_EQ(list[0]["parts"], 3);
    EXPECT_EQ(list[0]["max_attempts"], 4);
    EXPECT_EQ(list[0]["sessions"], 0);
    EXPECT_EQ(run({"queue", "drop", "mail"}).status, 2);
    EXPECT_EQ(run_json({"queue", "list"}).size(), 1U);
    EXPECT_EQ(run({"queue", "drop", "mail", "--yes"}).status, 0);
    EXPECT_EQ(run_json({"queue", "list"}).size(), 0U);
}

TEST_F(Cli, AQueueWithLiveSessionsIsNotDropped) {
    sit_down(db.make_queue("mail", 2));
    const auto result = run({"queue", "drop", "mail", "--yes"});
    EXPECT_EQ(result.status, 1);
    EXPECT_NE(result.err.find("stop its workers first"), std::string::npos) << result.err;
}

TEST_F(Cli, StatusHasTheKeysThatProgramsRelyOn) {
    const auto queue = db.make_queue("mail", 4);
    db.sql("SELECT leasehold.enqueue('mail', '1', '00000000-0000-4000-8000-000000000001')");
    db.sql("SELECT leasehold.enqueue('mail', '2', 'ff000000-0000-4000-8000-000000000001')");
    db.sql("SELECT leasehold.enqueue('mail', '3', run_at => now() + interval '1 hour')");
    const auto id = sit_down(queue);

    const auto status = run_json({"status", "mail"});
    const std::vector<std::string> keys{
        "audit",    "generation", "items", "moving_parts", "next_plan_in_ms", "oldest_ready_age_ms",
        "parts",    "paused",     "plan",  "plan_due",     "queue",           "sessions",
        "settings", "skew",       "state", "strategy",     "unowned_parts"};
    EXPECT_EQ(keys_of(status), keys);
    EXPECT_EQ(status["queue"], "mail");
    EXPECT_EQ(status["parts"], 4);
    EXPECT_EQ(status["strategy"], "lexical");
    EXPECT_EQ(status["items"], (json{{"ready", 1}, {"scheduled", 1}, {"claimed", 1}, {"dead", 0}}));
    EXPECT_EQ(status["unowned_parts"], 2);
    EXPECT_GE(status["oldest_ready_age_ms"], 0);

    ASSERT_EQ(status["sessions"].size(), 1U);
    const auto& session = status["sessions"][0];
    const std::vector<std::string> session_keys{"claimed", "cordoned",   "heartbeat_age_ms",
                                                "helping", "host",       "id",
                                                "name",    "part_count", "pid",
                                                "state",   "weight"};
    EXPECT_EQ(keys_of(session), session_keys);
    EXPECT_EQ(session["id"], to_text(id));
    EXPECT_EQ(session["name"], "me");
    EXPECT_EQ(session["pid"], 7);
    EXPECT_EQ(session["state"], "live");
    EXPECT_EQ(session["part_count"], 2);
    EXPECT_EQ(session["claimed"], 1);
    EXPECT_EQ(run_json({"sessions", "mail"})[0]["id"], to_text(id));
}

TEST_F(Cli, NothingReadyHasNoAge) {
    db.make_queue("mail", 1);
    EXPECT_TRUE(run_json({"status", "mail"})["oldest_ready_age_ms"].is_null());
}

TEST_F(Cli, ASessionIsLiveLeavingOrExpired) {
    sit_down(db.make_queue("mail", 2));
    const auto state = [&] { return run_json({"sessions", "mail"})[0]["state"]; };
    EXPECT_EQ(state(), "live");
    db.sql("UPDATE leasehold.sessions SET state = 'leaving'");
    EXPECT_EQ(state(), "leaving");
    db.sql(
        "UPDATE leasehold.sessions SET heartbeat_at = now() - interval '11 s',"
        " expires_at = now() - interval '1 s'");
    EXPECT_EQ(state(), "expired");
}

TEST_F(Cli, PartsCoverTheKeyspace) {
    const auto queue = db.make_queue("mail", 8);
    db.sql("SELECT leasehold.enqueue('mail', '1', '00000000-0000-4000-8000-000000000001')");
    const auto id = sit_down(queue);
    const auto parts = run_json({"parts", "mail"});
    ASSERT_EQ(parts.size(), 8U);
    EXPECT_EQ(parts[0], (json{{"part", 0},
                              {"lower", "00000000-0000-0000-0000-000000000000"},
                              {"upper", "1fffffff-ffff-ffff-ffff-ffffffffffff"},
                              {"owner", to_text(id)},
                              {"epoch", 1},
                              {"ready", 0},
                              {"claimed", 1},
                              {"planned_for", to_text(id)},
                              {"helpers", json::array()}}));
    EXPECT_EQ(parts[7], (json{{"part", 7},
                              {"lower", "e0000000-0000-0000-0000-000000000000"},
                              {"upper", "ffffffff-ffff-ffff-ffff-ffffffffffff"},
                              {"owner", nullptr},
                              {"epoch", 0},
                              {"ready", 0},
                              {"claimed", 0},
                              {"planned_for", nullptr},
                              {"helpers", json::array()}}));
}

TEST_F(Cli, StatusShowsTheOwnersAsAStrip) {
    sit_down(db.make_queue("mail", 5));
    const auto result = run({"status", "mail"});
    EXPECT_NE(result.out.find("\nAA...\n"), std::string::npos) << result.out;
    EXPECT_NE(result.out.find("A  me"), std::string::npos) << result.out;
}

TEST_F(Cli, TheStripOfManyPartsIsWrappedAndNumbered) {
    db.make_queue("mail", 70);
    const auto result = run({"status", "mail"});
    const std::string line(64, '.');
    EXPECT_NE(result.out.find("\n   0 " + line + "\n  64 ......\n"), std::string::npos)
        << result.out;
}

TEST_F(Cli, VerifyPrintsALineForEachCheckAndFailsOnAViolation) {
    sit_down(db.make_queue("mail", 2));
    const auto clean = run({"verify", "mail"});
    EXPECT_EQ(clean.status, 0) << clean.out;
    EXPECT_EQ(clean.out.find("FAILED"), std::string::npos) << clean.out;
    EXPECT_EQ(clean.out.rfind("ok  a part has at most one owner: 2 owned parts\n", 0), 0U)
        << clean.out;
    const auto report_of_clean = run_json({"verify", "mail"});
    EXPECT_EQ(report_of_clean["ok"], true);
    // What is known of the server is no violation.
    EXPECT_EQ(report_of_clean["remarks"].empty(), clean.out.find("\nnote  ") == std::string::npos)
        << clean.out;

    db.sql("UPDATE leasehold.parts SET epoch = 9 WHERE part = 0");
    const auto broken = run({"verify", "mail"});
    EXPECT_EQ(broken.status, 1);
    EXPECT_NE(broken.out.find("\nFAILED  an owner's epoch is its part's last: 1 wrong"),
              std::string::npos)
        << broken.out;
    EXPECT_EQ(broken.err, "leasehold: 1 of 18 checks of queue 'mail' failed\n");
    const auto report = json::parse(run({"verify", "mail", "--json"}).out);
    EXPECT_EQ(report["ok"], false);
    const std::vector<std::string> keys{"detail", "name", "ok"};
    EXPECT_EQ(keys_of(report["checks"][0]), keys);
}

TEST_F(Cli, AWatchEndsOnInterruptWithSuccess) {
    db.make_queue("mail", 2);
    test::running_leasehold watch{{"status", "--watch", "mail", "--dsn", db.dsn()}};
    ASSERT_TRUE(watch.says("queue mail", 10s));
    watch.send(SIGINT);
    const auto result = watch.finish(10s);
    EXPECT_EQ(result.status, 0) << result.err;
    EXPECT_EQ(result.out.find('\x1b'), std::string::npos) << "this is no terminal";
}

TEST_F(Cli, AWatchAsJsonIsALineEachTime) {
    db.make_queue("mail", 2);
    test::running_leasehold watch{{"status", "mail", "--watch=0.1", "--json", "--dsn", db.dsn()}};
    ASSERT_TRUE(watch.says("}\n{", 10s));
    watch.send(SIGINT);
    std::istringstream lines{watch.finish(10s).out};
    for (std::string line; std::getline(lines, line);) {
        EXPECT_EQ(json::parse(line)["queue"], "mail");
    }
}

TEST_F(Cli, AWatchSurvivesAServerThatIsGoneForAWhile) {
    db.make_queue("mail", 2);
    test::running_leasehold watch{{"status", "mail", "--watch", "0.1", "--dsn", db.dsn()}};
    ASSERT_TRUE(watch.says("queue mail", 10s));
    const std::string doors = "UPDATE pg_database SET datallowconn = ";
    const std::string here = " WHERE datname = current_database()";
    db.sql(doors + "false" + here);
    db.cut("true");
    ASSERT_TRUE(watch.complains("waiting for the database", 10s));
    db.sql(doors + "true" + here);
    db.sql("SELECT leasehold.enqueue('mail', '1')");
    EXPECT_TRUE(watch.says("1 ready", 20s));
}

TEST_F(Cli, AFullDiskUnderTheOutputIsAFailure) {
    db.make_queue("mail", 2);
    // The shell, for its redirection.
    const std::string command = "'" + std::string{std::getenv("LEASEHOLD_PROGRAM")} +
                                "' parts mail --dsn \"" + db.dsn() + "\" >/dev/full 2>/dev/null";
    EXPECT_EQ(WEXITSTATUS(std::system(command.c_str())), 1);
}

}  // namespace

}  // namespace leasehold
