// One worker, one connection, one fault at the worst moment.

#include "sql/connection.hpp"
#include "sql/transaction.hpp"
#include "tests/process/faults/cut_scene.hpp"
#include "tests/support/own_folder.hpp"

#include <leasehold/ids.hpp>

#include <atomic>
#include <filesystem>
#include <fstream>
#include <thread>

namespace leasehold {
namespace {

using namespace std::chrono_literals;
using test::commit_cut;
using test::eventually;
using test::traffic;

struct CutOff : test::cut_scene {
    /// One item, whose transaction's COMMIT is cut; one before it opens the connection.
    nlohmann::json done_with_a_cut(commit_cut where) {
        const auto one = start(way.dsn(database.dsn()),
                               {"--slots", "1", "--sql",
                                "INSERT INTO effects SELECT :id, :attempt + 0 * nextval('runs')"});
        put(1);
        EXPECT_TRUE(eventually([&] { return count("effects") == 1; }, patience));
        way.cut_commits("handler", where, 1);
        put(1);
        EXPECT_TRUE(eventually([&] { return way.commits_to_cut() == 0 && count("effects") == 2; },
                               patience));
        auto summary = stop(*one);
        EXPECT_EQ(count("effects"), 2);
        EXPECT_EQ(count("effects WHERE attempt = 1"), 2);
        EXPECT_EQ(summary["completed"], 2);
        EXPECT_EQ(summary["lost"], 0);
        EXPECT_EQ(summary["unknown"], 0);
        return summary;
    }
};

TEST_F(CutOff, AfterCommitWasForwardedTheItemIsReportedCompletedAndDoesNotRunAgain) {
    done_with_a_cut(commit_cut::after);
    EXPECT_EQ(way.counts().commits_cut_after, 1);
    EXPECT_EQ(runs(), 2);
}

TEST_F(CutOff, BeforeCommitWasForwardedTheItemRunsAgainWithinTheSameClaim) {
    done_with_a_cut(commit_cut::before);
    EXPECT_EQ(way.counts().commits_cut_before, 1);
    EXPECT_EQ(runs(), 3);
}

TEST_F(CutOff, ACommitThatArrivesAfterTheQuestionAboutItIsWaitedFor) {
    done_with_a_cut(commit_cut::late);
    EXPECT_EQ(way.counts().commits_cut_late, 1);
    EXPECT_EQ(runs(), 2);
}

// Claims, looks and acknowledgements in batches, on one connection.
TEST_F(CutOff, TwentyCommitsInARowOfTheItemsConnectionCostNothing) {
    const auto one = start(way.dsn(database.dsn()), {"--noop"});
    ASSERT_TRUE(eventually([&] { return count("leasehold.session_parts") == 4; }, patience));
    way.cut_commits("items", commit_cut::after, 20);
    put(2'000);
    wait_until_empty();
    ASSERT_TRUE(eventually([&] { return way.commits_to_cut() == 0; }, patience));
    const auto summary = stop(*one);
    EXPECT_EQ(summary["completed"], 2'000);
    EXPECT_EQ(summary["lost"], 0);
    EXPECT_EQ(summary["unknown"], 0);
    EXPECT_EQ(way.counts().commits_cut_after, 20);
}

// A frozen pooler or server process: TCP is alive, and no answer ever comes.
TEST_F(CutOff, AConnectionThatWaitsForTooLongIsCutByWhoWatchesIt) {
    connection on{dsn{way.dsn(database.dsn())},
                  {.application_name = "silent", .statement_timeout = 300ms, .silence_max = 1s}};
    on.open();
    EXPECT_FALSE(on.cut_when_silent());
    way.shape("silent", traffic::lose_answers);
    transaction_counters counters;
    std::atomic<bool> cut{false};
    const auto begun = std::chrono::steady_clock::now();
    std::jthread watch{[&](const std::stop_token& over) {
        eventually([&] { return (cut = on.cut_when_silent()) || over.stop_requested(); }, patience);
    }};
    try {
        run_transaction(on, counters, [](transaction& tx) { tx.execute("SELECT 1"); });
        FAIL() << "it was answered";
    } catch (const sql_failure& failure) {
        EXPECT_EQ(failure.kind(), sql_failure_kind::reconnect) << failure.what();
    }
    EXPECT_GE(std::chrono::steady_clock::now() - begun, 1'300ms);
    watch = {};  // stopped and joined
    EXPECT_TRUE(cut);
    EXPECT_FALSE(on.is_open());
}

std::int64_t number_in(const std::filesystem::path& file) {
    std::ifstream stream{file};
    std::int64_t number = 0;
    stream >> number;
    return number;
}

struct Silence : CutOff {
    /// Its first run lasts until it is told to stop, and notes when that was; the next notes when
    /// it began.
    void expect_stopped_before_takeover(const std::string& connections, traffic how) {
        const test::own_folder folder;
        const auto note = [&](const char* what) {
            const auto file = (folder.path / what).string();
            return "date +%s%N > " + file + ".new && mv " + file + ".new " + file;
        };
        const std::vector<std::string> work{
            "--", "sh", "-c",
            "if test $LEASEHOLD_TOKEN = 1; then trap '" + note("stopped") +
                "; exit 1' TERM; while :; do sleep 0.02; done; else " + note("again") + "; fi"};
        const auto victim = start(way.dsn(database.dsn()), work, "victim");
        ASSERT_TRUE(eventually([&] { return count("leasehold.session_parts") == 4; }, patience));
        put(1);
        ASSERT_TRUE(eventually(
            [&] { return count("leasehold.items_jobs WHERE claim IS NOT NULL") == 1; }, patience));
        const auto heir = start(database.dsn(), work, "heir");
        ASSERT_TRUE(eventually([&] { return count("leasehold.sessions") == 2; }, patience));
        way.shape(connections, how);
        ASSERT_TRUE(victim->complains("no heartbeat got through in time", patience));
        wait_until_empty();
        const auto stopped = number_in(folder.path / "stopped");
        EXPECT_GT(stopped, 0);
        EXPECT_LT(stopped, number_in(folder.path / "again"));
        way.clear();
        EXPECT_EQ(stop(*heir)["completed"], 1);
        stop(*victim);
    }
};

TEST_F(Silence, OfAnswersEndsTheWorkBeforeAnotherTakesIt) {
    expect_stopped_before_takeover("", traffic::lose_answers);
}

TEST_F(Silence, OfRequestsEndsTheWorkBeforeAnotherTakesIt) {
    expect_stopped_before_takeover("", traffic::lose_requests);
}

TEST_F(Silence, OfTheHeartbeatAloneEndsTheWorkBeforeAnotherTakesIt) {
    expect_stopped_before_takeover("heartbeat", traffic::lose_answers);
}

}  // namespace
}  // namespace leasehold
