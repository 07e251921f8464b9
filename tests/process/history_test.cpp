// Exactly-once checked from outside: an audited queue, workers with --history, one of them killed;
// and a checker that notices when what it is given is not true.

#include "tests/support/database.hpp"
#include "tests/support/own_folder.hpp"
#include "tests/support/program.hpp"
#include "tests/support/wait.hpp"

#include <leasehold/ids.hpp>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <csignal>
#include <filesystem>
#include <fstream>
#include <memory>
#include <sstream>

namespace leasehold {
namespace {

using namespace std::chrono_literals;
using test::eventually;
using test::long_enough;
using test::running_leasehold;

struct History : testing::Test {
    test::postgres_database database{"audits"};
    queue_info queue = database.make_queue("jobs", 8);
    const test::own_folder folder;

    void SetUp() override { ASSERT_EQ(run({"queue", "audit", "jobs", "--on"}).status, 0); }

    test::program_result run(std::vector<std::string> arguments) {
        arguments.insert(arguments.begin(), {"--dsn", database.dsn()});
        return test::run_leasehold(arguments);
    }
    std::string file(const std::string& name) const { return (folder.path / name).string(); }
    std::unique_ptr<running_leasehold> start(const std::string& name,
                                             std::vector<std::string> how) {
        std::vector<std::string> arguments{"--dsn",  database.dsn(), "work",      "jobs",
                                           "--name", name,           "--ttl",     "2000",
                                           "--poll", "50",           "--history", file(name)};
        arguments.insert(arguments.end(), how.begin(), how.end());
        return std::make_unique<running_leasehold>(arguments);
    }
    void put(int count) { database.put("jobs", count); }
    int count(const std::string& from) { return database.count(from); }
    /// `count` items, done by one worker whose history is in the file "w".
    void do_items(int count) {
        put(count);
        auto worker = start("w", {"--noop", "--until-empty"});
        const auto result = worker->finish(long_enough);
        ASSERT_EQ(result.status, 0) << result.err;
    }
    test::program_result verify(std::vector<std::string> files,
                                const std::vector<std::string>& more = {}) {
        files.insert(files.begin(), {"verify", "jobs", "--history"});
        files.insert(files.end(), more.begin(), more.end());
        return run(std::move(files));
    }
    void expect_true(const std::vector<std::string>& files) {
        const auto result = verify(files);
        EXPECT_EQ(result.status, 0) << result.out << result.err;
    }
    /// Fails unless just the check `name` fails, with `detail` in its line.
    void expect_false(const std::string& name, const std::string& detail,
                      const std::vector<std::string>& files) {
        const auto result = verify(files);
        EXPECT_EQ(result.status, 1);
        EXPECT_EQ(result.err.rfind("leasehold: 1 of ", 0), 0U) << result.out << result.err;
        const auto at = result.out.find("FAILED  " + name + ": ");
        ASSERT_NE(at, std::string::npos) << result.out;
        const auto line = result.out.substr(at, result.out.find('\n', at) - at);
        EXPECT_NE(line.find(detail), std::string::npos) << line;
    }
    bool has_line(const std::string& name, const std::string& part) const {
        const auto lines = lines_of(name);
        return std::any_of(lines.begin(), lines.end(), [&](const std::string& line) {
            return line.find(part) != std::string::npos;
        });
    }
    std::vector<std::string> lines_of(const std::string& name) const {
        std::ifstream in{file(name)};
        std::vector<std::string> lines;
        for (std::string line; std::getline(in, line);) {
            lines.push_back(line);
        }
        return lines;
    }
    void rewrite(const std::string& name, const std::vector<std::string>& lines) const {
        std::ofstream out{file(name), std::ios::trunc};
        for (const auto& line : lines) {
            out << line << '\n';
        }
    }
    /// Changes the first line that holds `from`.
    void forge(const std::string& name, const std::string& from, const std::string& to) const {
        auto lines = lines_of(name);
        for (auto& line : lines) {
            if (const auto at = line.find(from); at != std::string::npos) {
                line.replace(at, from.size(), to);
                rewrite(name, lines);
                return;
            }
        }
        FAIL() << "no line holds " << from;
    }
};

TEST_F(History, AKilledWorkersQueueIsVerifiedFromTheAuditAndAllFiles) {
    put(400);
    const std::vector<std::string> slow{
        "--slots", "8",  "--",
        "sh",      "-c", "case $LEASEHOLD_ATTEMPT in 1) exit 75;; *) exit 0;; esac"};
    database.sql("UPDATE leasehold.queues SET retry_base = '10 ms', retry_max = '100 ms'");
    auto victim = start("victim", slow);
    auto other = start("other", slow);
    const auto owners = "(SELECT DISTINCT id FROM leasehold.session_parts) AS o";
    ASSERT_TRUE(eventually([&] { return count(owners) == 2; }, long_enough));
    put(400);
    ASSERT_TRUE(eventually(
        [&] {
            victim->send(SIGSTOP);  // or it might have ended its claims when it is killed
            const bool it_works =
                count(
                    "leasehold.items_jobs AS i JOIN leasehold.sessions AS s ON s.id = i.claim "
                    "WHERE s.name = 'victim'") > 0 &&
                count("leasehold.item_audit WHERE what = 'completed'") > 50;
            if (!it_works) {
                victim->send(SIGCONT);
            }
            return it_works;
        },
        long_enough));
    victim->send(SIGKILL);
    victim->finish(long_enough);
    ASSERT_TRUE(eventually([&] { return count("leasehold.items_jobs") == 0; }, long_enough));
    // A second life in the victim's file, then a drain.
    auto reborn = start("victim", slow);
    ASSERT_TRUE(eventually([&] { return count(owners) == 2; }, long_enough));
    put(50);
    ASSERT_TRUE(eventually([&] { return count("leasehold.items_jobs") == 0; }, long_enough));
    for (auto* one : {reborn.get(), other.get()}) {
        one->send(SIGTERM);
        const auto result = one->finish(long_enough);
        EXPECT_EQ(result.status, 0) << result.err;
    }
    EXPECT_GT(count("leasehold.item_audit WHERE what = 'freed'"), 0) << "a killed one was reaped";
    EXPECT_EQ(count("leasehold.item_audit WHERE what = 'completed'"), 850);

    expect_true({});
    expect_true({file("victim"), file("other")});
    const auto report =
        nlohmann::json::parse(run({"--json", "verify", "jobs", "--settled-within", "120",
                                   "--history", file("victim"), file("other")})
                                  .out);
    EXPECT_EQ(report["ok"], true) << report;
    EXPECT_EQ(report["checks"].size(), 18U + 11U + 6U) << report;
    for (const auto& check : report["checks"]) {
        if (check["name"] == "no item is lost") {
            EXPECT_EQ(check["detail"], "850 items; 850 enqueued = 850 ended + 0 there");
        }
    }
    for (const auto* name : {"victim", "other"}) {
        EXPECT_EQ(nlohmann::json::parse(lines_of(name).back())["event"], "session_ended");
    }
}

TEST_F(History, AWorkerPausedPastItsTtlIsTruthfulAboutWhatItLost) {
    put(40);
    auto zombie = start("zombie", {"--slots", "4", "--", "sh", "-c",
                                   "test $LEASEHOLD_ATTEMPT -gt 1 && exit 0; sleep 0.3"});
    ASSERT_TRUE(
        eventually([&] { return has_line("zombie", R"("event":"started")"); }, long_enough));
    zombie->send(SIGSTOP);
    auto heir = start("heir", {"--noop", "--until-empty"});
    EXPECT_EQ(heir->finish(long_enough).status, 0);
    ASSERT_EQ(count("leasehold.items_jobs"), 0);
    zombie->send(SIGCONT);
    ASSERT_TRUE(eventually([&] { return zombie->complains("claim lost", 100ms); }, long_enough));
    zombie->send(SIGTERM);
    EXPECT_EQ(zombie->finish(long_enough).status, 0);
    expect_true({file("zombie"), file("heir")});
    EXPECT_TRUE(has_line("zombie", R"("answer":"lost")"));
}

TEST_F(History, AnAuditThatIsTamperedWithFails) {
    do_items(30);
    expect_true({file("w")});
    const auto keep = [&] { database.sql("CREATE TABLE kept AS TABLE leasehold.item_audit"); };
    const auto restore = [&] {
        database.sql("TRUNCATE leasehold.item_audit");
        database.sql("INSERT INTO leasehold.item_audit OVERRIDING SYSTEM VALUE TABLE kept");
        expect_true({file("w")});
    };
    const std::string one =
        "(SELECT item FROM leasehold.item_audit WHERE what = 'completed' "
        "ORDER BY seq LIMIT 1)";
    keep();
    database.sql("DELETE FROM leasehold.item_audit WHERE what = 'completed' AND item = " + one);
    const auto lost = verify({});
    EXPECT_EQ(lost.status, 1);
    EXPECT_NE(lost.out.find("is gone, and the audit does not say how"), std::string::npos);
    restore();
    database.sql("DELETE FROM leasehold.item_audit WHERE item = " + one);
    const auto gone = verify({file("w")});
    EXPECT_EQ(gone.status, 1) << "all rows of an item: only a client knows";
    EXPECT_NE(gone.out.find("ran without a claim in the audit"), std::string::npos) << gone.out;
    restore();
    database.sql(
        "INSERT INTO leasehold.item_audit (queue, part, item, what, session, token,"
        " attempt) SELECT queue, part, item, what, session, token, attempt"
        " FROM leasehold.item_audit WHERE what = 'completed' AND item = " +
        one);
    expect_false("an item ended at most once", "was completed after it was completed", {file("w")});
    restore();
    database.sql("UPDATE leasehold.item_audit SET token = 2 WHERE what = 'claimed' AND item = " +
                 one);
    EXPECT_EQ(verify({}).status, 1);
}

TEST_F(History, AFileThatIsTamperedWithFails) {
    do_items(30);
    forge("w", R"("answer":"acknowledged")", R"("answer":"lost")");
    expect_false("what a client was told is lost is not in the audit", file("w") + ":",
                 {file("w")});
    forge("w", R"("answer":"lost")", R"("answer":"acknowledged")");
    expect_true({file("w")});
    forge("w", R"("asked":"completed")", R"("asked":"buried")");
    expect_false("what a client was told is acknowledged is in the audit", "was told buried",
                 {file("w")});
    forge("w", R"("asked":"buried")", R"("asked":"completed")");
    forge("w", R"({"event":"started",)", R"({"event":"started")");
    expect_false("every line of the files can be read", file("w") + ":", {file("w")});
}

// I6 with an audit: all write into one table more, and still nobody aborts anybody.
TEST_F(History, AnAuditAbortsNoClaimAndNoAcknowledgement) {
    std::vector<std::unique_ptr<running_leasehold>> fleet;
    for (int i = 0; i < 4; ++i) {
        fleet.push_back(start("w" + std::to_string(i), {"--noop", "--json"}));
    }
    ASSERT_TRUE(eventually(
        [&] {
            return count("leasehold.session_parts") == queue.part_count &&
                   count("(SELECT DISTINCT id FROM leasehold.session_parts) AS o") == 4;
        },
        long_enough));
    const auto is_empty = [&] { return count("leasehold.items_jobs") == 0; };
    put(8'000);
    ASSERT_TRUE(eventually(is_empty, long_enough));
    for (int i = 0; i < 50; ++i) {
        put(1);
        ASSERT_TRUE(eventually(is_empty, long_enough));
    }
    std::vector<std::string> files;
    for (std::size_t i = 0; i < fleet.size(); ++i) {
        fleet[i]->send(SIGTERM);
        const auto result = fleet[i]->finish(long_enough);
        ASSERT_EQ(result.status, 0) << result.err;
        EXPECT_EQ(nlohmann::json::parse(result.out)["serialization_retries"], 0);
        files.push_back(file("w" + std::to_string(i)));
    }
    expect_true(files);
}

TEST_F(History, NothingToJudgeFails) {
    EXPECT_EQ(verify({}).status, 1);
    do_items(3);
    expect_true({file("w")});
    std::ofstream{file("empty")} << "";
    expect_false("every line of the files can be read", file("empty") + " holds no event",
                 {file("w"), file("empty")});
    EXPECT_EQ(verify({file("not there")}).status, 1);
}

TEST_F(History, AGapFails) {
    do_items(3);
    ASSERT_EQ(run({"queue", "audit", "jobs", "--off"}).status, 0);
    ASSERT_EQ(run({"queue", "audit", "jobs", "--on"}).status, 0);
    expect_false("the audit covers all the time", "was switched off", {});
    ASSERT_EQ(run({"queue", "audit", "jobs", "--clear", "--yes"}).status, 0);
    put(1);
    expect_true({});
}

TEST_F(History, AWrongCallIsToldFromAFailure) {
    EXPECT_EQ(run({"verify", "jobs", "--settled-within", "5"}).status, 2);
    EXPECT_EQ(run({"verify", "jobs", "--history", "--settled-within", "0"}).status, 2);
    EXPECT_EQ(run({"queue", "audit", "jobs", "--on", "--off"}).status, 2);
    EXPECT_EQ(run({"queue", "audit", "jobs", "--clear"}).status, 2);
    EXPECT_EQ(run({"queue", "audit", "nobody", "--on"}).status, 1);
    const auto full = run({"work", "jobs", "--noop", "--history", "/dev/full"});
    EXPECT_EQ(full.status, 1);
    EXPECT_NE(full.err.find("/dev/full"), std::string::npos) << full.err;
    EXPECT_NE(run({"queue", "audit", "jobs"}).out.find("is on"), std::string::npos);
    EXPECT_NE(run({"status", "jobs"}).out.find("audit on"), std::string::npos);
    EXPECT_NE(run({"queue", "list"}).out.find(" on "), std::string::npos);
}

TEST_F(History, ItemsThatTookTooLongAreNamed) {
    put(1);
    ASSERT_TRUE(eventually(
        [&] {
            return database
                .sql(
                    "SELECT max(at) < clock_timestamp() - interval '1100 ms' "
                    "FROM leasehold.item_audit WHERE what = 'enqueued'")[0][0]
                .as<bool>();
        },
        long_enough));
    EXPECT_EQ(verify({}, {"--settled-within", "1"}).status, 1);
    EXPECT_EQ(verify({}, {"--settled-within", "100"}).status, 0);
}

}  // namespace
}  // namespace leasehold
