// Real workers against a real server: started together, killed, paused, told to stop.

#include "tests/support/database.hpp"
#include "tests/support/own_folder.hpp"
#include "tests/support/program.hpp"
#include "tests/support/wait.hpp"

#include <leasehold/ids.hpp>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <unistd.h>
#include <algorithm>
#include <chrono>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <memory>
#include <string>
#include <vector>

namespace leasehold {
namespace {

using namespace std::chrono_literals;
using test::eventually;
using test::long_enough;
using test::running_leasehold;

/// A fifth of it is the margin, of which CockroachDB needs 500 ms.
constexpr auto ttl = 2'500ms;

struct Fleet : testing::Test {
    test::fresh_database database;
    queue_info queue = database.make_queue("jobs", 16);
    std::chrono::milliseconds life = ttl;  ///< of a session without heartbeats

    void SetUp() override { database.sql("CREATE TABLE effects (item uuid, attempt int)"); }

    std::unique_ptr<running_leasehold> start(const std::string& name,
                                             std::vector<std::string> how) {
        std::vector<std::string> arguments{"--dsn",
                                           database.dsn(),
                                           "--json",
                                           "work",
                                           "jobs",
                                           "--name",
                                           name,
                                           "--ttl",
                                           std::to_string(life.count()),
                                           "--poll",
                                           "50"};
        arguments.insert(arguments.end(), how.begin(), how.end());
        return std::make_unique<running_leasehold>(arguments);
    }
    void put(int count) { database.put("jobs", count); }
    int count(const std::string& from) { return database.count(from); }
    bool is_empty() {
        return database.sql("SELECT NOT EXISTS (SELECT FROM leasehold.items_jobs)")[0][0]
            .as<bool>();
    }
    int claimed_by(const std::string& name) {
        return count(
            "leasehold.items_jobs AS i JOIN leasehold.sessions AS s ON s.id = i.claim "
            "WHERE s.name = '" +
            name + "'");
    }
    /// Every part is owned, and every one of `sessions` sessions owns some.
    bool settled(int sessions) {
        return count("leasehold.session_parts") == queue.part_count &&
               database.sql("SELECT count(DISTINCT id) FROM leasehold.session_parts")[0][0]
                       .as<int>() == sessions;
    }
    nlohmann::json stop(running_leasehold& one, int signal = SIGTERM) {
        one.send(signal);
        const auto result = one.finish(long_enough);
        EXPECT_EQ(result.status, 0) << result.err;
        return nlohmann::json::parse(result.out);
    }
    void expect_verified() {
        const auto result = test::run_leasehold({"--dsn", database.dsn(), "verify", "jobs"});
        EXPECT_EQ(result.status, 0) << result.out;
    }
};

/// Runs until `file` exists at the first attempt; ends at once at every later one.
std::vector<std::string> held_up_until(const std::filesystem::path& file) {
    return {"--", "sh", "-c",
            "test $LEASEHOLD_ATTEMPT -gt 1 && exit 0; echo >> " + file.string() +
                ".started; until test -e " + file.string() + "; do sleep 0.05; done"};
}

/// How many programs are held up, or were: a claimed item's program may not run yet.
std::ptrdiff_t held_up(const std::filesystem::path& file) {
    std::ifstream started{file.string() + ".started"};
    return std::count(std::istreambuf_iterator<char>{started}, {}, '\n');
}

TEST_F(Fleet, EightWorkersStartedTogetherDoEachOfAHundredThousandItemsOnce) {
    put(100'000);
    std::vector<std::unique_ptr<running_leasehold>> fleet;
    for (int i = 0; i < 8; ++i) {
        fleet.push_back(start("w" + std::to_string(i), {"--noop", "--until-empty"}));
    }
    std::int64_t completed = 0;
    for (const auto& one : fleet) {
        const auto result = one->finish(long_enough);
        ASSERT_EQ(result.status, 0) << result.err;
        const auto summary = nlohmann::json::parse(result.out);
        completed += summary["completed"].get<std::int64_t>();
        EXPECT_EQ(summary["lost"], 0);
        EXPECT_EQ(summary["unknown"], 0);
    }
    EXPECT_EQ(completed, 100'000);
    EXPECT_EQ(count("leasehold.items_jobs"), 0);
    EXPECT_EQ(count("leasehold.sessions"), 0);
    expect_verified();
}

// I6: with a full queue and with one that is never more than one item from empty.
TEST_F(Fleet, OncePartsAreSettledNoClaimAndNoAcknowledgementIsEverAborted) {
    database.needs_postgres("no aborts beside heartbeats");
    std::vector<std::unique_ptr<running_leasehold>> fleet;
    for (int i = 0; i < 8; ++i) {
        fleet.push_back(start("w" + std::to_string(i), {"--noop"}));
    }
    ASSERT_TRUE(eventually([&] { return settled(8); }, long_enough));
    put(30'000);
    ASSERT_TRUE(eventually([&] { return is_empty(); }, long_enough));
    for (int i = 0; i < 200; ++i) {
        put(1);
        ASSERT_TRUE(eventually([&] { return is_empty(); }, long_enough));
    }
    std::int64_t completed = 0;
    for (const auto& one : fleet) {
        const auto summary = stop(*one);
        EXPECT_EQ(summary["serialization_retries"], 0);
        completed += summary["completed"].get<std::int64_t>();
    }
    EXPECT_EQ(completed, 30'200);
}

/// Two workers, each with items that it has begun, and one is killed: the other runs them again.
struct KilledFleet : Fleet {
    void kill_one(const std::vector<std::string>& options, std::chrono::milliseconds within) {
        const test::own_folder folder;
        const auto go_on = folder.path / "go-on";
        auto how = held_up_until(go_on);
        how.insert(how.begin(), options.begin(), options.end());
        how.insert(how.begin(), {"--slots", "24"});  // ids are random: one may get nearly all
        const auto victim = start("victim", how);
        const auto heir = start("heir", how);
        ASSERT_TRUE(eventually([&] { return settled(2); }, long_enough));
        put(24);
        ASSERT_TRUE(eventually([&] { return claimed_by("victim") + claimed_by("heir") == 24; },
                               long_enough));
        const int orphaned = claimed_by("victim");
        ASSERT_GT(orphaned, 0);  // all 24 in the other half of the parts: once in sixteen million
        victim->send(SIGKILL);
        const auto killed_at = std::chrono::steady_clock::now();
        ASSERT_TRUE(eventually([&] { return count("leasehold.items_jobs") == 24 - orphaned; },
                               long_enough));
        EXPECT_LE(std::chrono::steady_clock::now() - killed_at, within);
        expect_verified();
        std::ofstream{go_on} << "\n";
        ASSERT_TRUE(eventually([&] { return is_empty(); }, long_enough));
        const auto summary = stop(*heir);
        EXPECT_EQ(summary["completed"], 24);
        EXPECT_EQ(summary["lost"], 0);
        victim->finish(long_enough);
    }
};

TEST_F(KilledFleet, ItsItemsRunAgainWithinTtlAndTwoSeconds) {
    kill_one({"--no-notices"}, ttl + 2s);
}

// Of its ttl nothing is left by then but the name.
TEST_F(KilledFleet, WithNoticesTheyRunAgainWithinASecond) {
    database.needs_postgres("notices");
    life = 60s;
    kill_one({}, 1s);
}

TEST_F(Fleet, AWorkerPausedPastItsTtlAcknowledgesNothingAndSaysLost) {
    const test::own_folder folder;
    const auto go_on = folder.path / "go-on";
    auto how = held_up_until(go_on);
    how.insert(how.begin(),
               {"--slots", "4", "--record", "INSERT INTO effects VALUES (:id, :attempt)"});
    const auto sleeper = start("sleeper", how);
    ASSERT_TRUE(eventually([&] { return settled(1); }, long_enough));
    put(4);
    ASSERT_TRUE(eventually([&] { return held_up(go_on) == 4; }, long_enough));
    sleeper->send(SIGSTOP);
    const auto heir = start("heir", how);
    ASSERT_TRUE(eventually([&] { return is_empty(); }, long_enough));
    std::ofstream{go_on} << "\n";  // the paused worker's programs end with exit 0
    sleeper->send(SIGCONT);
    EXPECT_TRUE(sleeper->complains("claim lost", long_enough));
    const auto of_sleeper = stop(*sleeper);
    EXPECT_EQ(of_sleeper["completed"], 0);
    EXPECT_EQ(of_sleeper["lost"], 4);
    EXPECT_EQ(stop(*heir)["completed"], 4);
    EXPECT_EQ(count("effects"), 4);
    EXPECT_EQ(count("effects WHERE attempt = 2"), 4);
    expect_verified();
}

// A crash counts as an attempt: what kills its worker each time does not go round for ever.
TEST_F(Fleet, AnItemThatKillsItsWorkerIsBuriedWhenItsAttemptsAreSpent) {
    put(10);
    database.sql(
        "INSERT INTO leasehold.queue_jobs (payload, max_attempts) VALUES ('\"poison\"', 2)");
    const std::vector<std::string> how{
        "--slots", "2", "--", "sh", "-c", "if grep -q poison; then kill -9 $PPID; fi"};
    for (const char* victim : {"first", "second"}) {
        EXPECT_EQ(start(victim, how)->finish(long_enough).status, 128 + SIGKILL);
    }
    const auto survivor = start("survivor", how);
    EXPECT_TRUE(eventually([&] { return is_empty(); }, long_enough));
    stop(*survivor);
    const auto dead = database.sql("SELECT reason, attempt, last_error FROM leasehold.dead_items");
    ASSERT_EQ(dead.size(), 1U);
    EXPECT_STREQ(dead[0][0].c_str(), "spent");
    EXPECT_EQ(dead[0][1].as<int>(), 2);
    EXPECT_NE(std::string{dead[0][2].c_str()}.find("ended without acknowledging"),
              std::string::npos);
    expect_verified();
}

TEST_F(Fleet, SigtermStopsProgramsReleasesTheirItemsAndLeaves) {
    const test::own_folder folder;
    const auto never = folder.path / "never";
    const auto one = start("w", held_up_until(never));
    put(2);
    ASSERT_TRUE(eventually([&] { return held_up(never) == 2; }, long_enough));
    const auto asked_at = std::chrono::steady_clock::now();
    const auto summary = stop(*one);
    EXPECT_LT(std::chrono::steady_clock::now() - asked_at, 5s);
    EXPECT_EQ(summary["released"], 2);
    EXPECT_EQ(count("leasehold.items_jobs WHERE claim IS NULL AND attempt = 0"), 2);
    EXPECT_EQ(count("leasehold.sessions"), 0);
    EXPECT_EQ(count("leasehold.session_parts"), 0);
}

TEST_F(Fleet, CutConnectionsCostNoItemAndNoAttempt) {
    const auto one = start("w", {"--slots", "2", "--sql", "INSERT INTO effects VALUES (:id, 1)"});
    put(2'000);
    for (int i = 0; i < 10; ++i) {
        const int before = count("effects");
        ASSERT_TRUE(
            eventually([&] { return count("effects") > before || is_empty(); }, long_enough));
        database.cut("application_name LIKE 'leasehold %'");
    }
    ASSERT_TRUE(eventually([&] { return is_empty(); }, long_enough));
    const auto summary = stop(*one);
    EXPECT_EQ(summary["completed"], 2'000);
    for (const char* none : {"lost", "unknown", "retried", "buried"}) {
        EXPECT_EQ(summary[none], 0) << none;
    }
    EXPECT_EQ(count("effects"), 2'000);
    EXPECT_EQ(count("(SELECT DISTINCT item FROM effects) AS e"), 2'000);
    expect_verified();
}

TEST_F(Fleet, TheSlotsOfOneWorkerNeverAbortEachOther) {
    database.needs_postgres("a table for each part");
    put(2'000);
    const auto one = start("w", {"--slots", "4", "--sql", "INSERT INTO effects VALUES (:id, 1)"});
    ASSERT_TRUE(eventually([&] { return is_empty(); }, long_enough));
    EXPECT_EQ(stop(*one)["serialization_retries"], 0);
    EXPECT_EQ(count("effects"), 2'000);
}

struct ExitCodes : Fleet {
    nlohmann::json ended_with(const std::string& code) {
        database.sql("UPDATE leasehold.queues SET retry_base = '1 ms', retry_max = '1 ms'");
        database.sql("SELECT leasehold.enqueue('jobs', '{}', max_attempts => 2)");
        const auto one = start("w", {"--", "sh", "-c", "echo why >&2; exit " + code});
        EXPECT_TRUE(eventually([&] { return is_empty(); }, long_enough));
        return stop(*one);
    }
};

TEST_F(ExitCodes, ZeroCompletes) { EXPECT_EQ(ended_with("0")["completed"], 1); }

TEST_F(ExitCodes, SixtyFiveBuriesAtOnceWithWhatWasSaid) {
    const auto summary = ended_with("65");
    EXPECT_EQ(summary["buried"], 1);
    EXPECT_EQ(summary["retried"], 0);
    EXPECT_STREQ(database.sql("SELECT last_error FROM leasehold.dead_items")[0][0].c_str(),
                 "exit 65: why");
}

TEST_F(ExitCodes, SeventyFiveAndOthersRetryUntilTheAttemptsAreSpent) {
    for (const char* code : {"75", "3"}) {
        const auto summary = ended_with(code);
        EXPECT_EQ(summary["retried"], 1);
        EXPECT_EQ(summary["buried"], 1);
    }
}

/// Peak resident size so far, in bytes.
std::size_t peak_memory(pid_t pid) {
    std::ifstream status{"/proc/" + std::to_string(pid) + "/status"};
    for (std::string word; status >> word;) {
        if (word == "VmHWM:") {
            std::size_t kilobytes = 0;
            status >> kilobytes;
            return kilobytes * 1024;
        }
    }
    return 0;
}

TEST_F(Fleet, EnqueueingAndDrainingNeedLittleMemoryHoweverLongTheQueue) {
    constexpr std::size_t limit = 64 * 1024 * 1024;
    constexpr int lines = 200'000;
    running_leasehold enqueuer{{"--dsn", database.dsn(), "enqueue", "jobs", "--lines", "-"}};
    std::string thousand;
    for (int i = 0; i < 1'000; ++i) {
        thousand +=
            "a line of some eighty bytes, as a log or a list of files might have it 012345\n";
    }
    for (int i = 0; i < lines / 1'000; ++i) {
        enqueuer.give(thousand);
    }
    EXPECT_LT(peak_memory(enqueuer.pid()), limit);
    EXPECT_GT(peak_memory(enqueuer.pid()), 0U);
    enqueuer.close_input();
    ASSERT_EQ(enqueuer.finish(long_enough).status, 0);
    EXPECT_EQ(count("leasehold.items_jobs"), lines);

    const auto one = start("w", {"--noop"});
    ASSERT_TRUE(eventually([&] { return is_empty(); }, long_enough));
    EXPECT_LT(peak_memory(one->pid()), limit);
    EXPECT_GT(peak_memory(one->pid()), 0U);
    EXPECT_EQ(stop(*one)["completed"], lines);
}

}  // namespace
}  // namespace leasehold
