// One worker that claims by its leases alone, one fault at the worst moment. What is gone after a
// COMMIT without an answer may have been cancelled as well, so it is reported as unknown.

#include "tests/process/faults/cut_scene.hpp"
#include "tests/support/own_folder.hpp"

#include <pqxx/pqxx>

#include <fstream>

namespace leasehold {
namespace {

using namespace std::chrono_literals;
using test::commit_cut;
using test::eventually;
using test::running_leasehold;
using test::traffic;

struct CutOffByLease : test::cut_scene {
    const test::own_folder folder;
    std::unique_ptr<running_leasehold> one;
    nlohmann::json said;  ///< at its end

    CutOffByLease() : cut_scene(claim_mode::lease) {}

    void SetUp() override {
        cut_scene::SetUp();
        if (IsSkipped()) {
            return;
        }
        // Nobody is there who could help, and nothing goes over to rows for that.
        database.sql("UPDATE leasehold.queues SET helpers_max = 0");
        database.sql("CREATE TABLE ended (by_lease bool)");
        database.sql(
            "CREATE FUNCTION note_end() RETURNS trigger LANGUAGE plpgsql AS "
            "'BEGIN INSERT INTO ended VALUES (OLD.claim IS NULL); RETURN NULL; END'");
        database.sql(
            "CREATE TRIGGER note_end AFTER DELETE ON leasehold.items_jobs FOR EACH ROW "
            "EXECUTE FUNCTION note_end()");
        ASSERT_EQ(run({"queue", "audit", "jobs", "--on"}).status, 0);
    }
    test::program_result run(std::vector<std::string> arguments) {
        arguments.insert(arguments.begin(), {"--dsn", database.dsn()});
        return test::run_leasehold(arguments);
    }
    std::string file(const std::string& name) const { return (folder.path / name).string(); }
    void begin(std::vector<std::string> how) {
        how.insert(how.begin(), {"--history", file("history")});
        one = start(way.dsn(database.dsn()), how);
        ASSERT_TRUE(
            eventually([&] { return count("leasehold.parts WHERE by_lease") == 4; }, patience));
    }
    void begin_with_effects(const std::string& slots) {
        begin({"--slots", slots, "--sql",
               "INSERT INTO effects SELECT :id, :attempt + 0 * nextval('runs')"});
    }
    /// What it says is read meanwhile: of an item that is unknown a line, and a full pipe holds it
    /// up.
    void wait_until_done() {
        ASSERT_TRUE(eventually(
            [&] {
                one->complains("what it never says", 1ms);
                return count("leasehold.items_jobs") == 0;
            },
            patience));
    }
    /// Nothing was lost or done twice, and what the worker was told is what the audit has.
    void end(int items) {
        wait_until_done();
        said = stop(*one);
        EXPECT_EQ(said["lost"], 0);
        EXPECT_EQ(said["completed"].get<int>() + said["unknown"].get<int>(), items);
        EXPECT_EQ(count("ended WHERE by_lease"), items);
        EXPECT_EQ(count("ended"), items);
        EXPECT_EQ(count("leasehold.item_audit WHERE what = 'completed'"), items);
        const auto verified = run({"verify", "jobs", "--history", file("history")});
        EXPECT_EQ(verified.status, 0) << verified.out << verified.err;
    }
    void expect_effects(int items) {
        EXPECT_EQ(count("effects"), items);
        EXPECT_EQ(count("(SELECT DISTINCT item FROM effects) AS d"), items);
        EXPECT_EQ(count("effects WHERE attempt = 1"), items);
    }
    /// One item, whose transaction's COMMIT is cut; one before it opens the connection.
    void do_with_a_cut(commit_cut where) {
        begin_with_effects("1");
        put(1);
        ASSERT_TRUE(eventually([&] { return count("effects") == 1; }, patience));
        way.cut_commits("handler", where, 1);
        put(1);
        ASSERT_TRUE(eventually([&] { return way.commits_to_cut() == 0; }, patience));
        end(2);
        expect_effects(2);
    }
    /// Handlers that wait for a file; the first COMMIT of the connection that acknowledges is cut.
    void acknowledge_with_a_cut(commit_cut where) {
        const auto go = file("go");
        begin({"--slots", "8", "--", "sh", "-c",
               "echo >> " + file("runs-") + "$LEASEHOLD_ID; until test -e " + go +
                   "; do sleep 0.01; done"});
        put(8);
        ASSERT_TRUE(eventually([&] { return files("runs-") == 8; }, patience));
        way.cut_commits("items", where, 1);
        std::ofstream{go} << "now";
        ASSERT_TRUE(one->complains("acknowledgement in doubt", patience));
        ASSERT_TRUE(eventually([&] { return way.commits_to_cut() == 0; }, patience));
        end(8);
        EXPECT_EQ(files("runs-"), 8);
        for (const auto& each : std::filesystem::directory_iterator{folder.path}) {
            if (each.path().filename().string().starts_with("runs-")) {
                EXPECT_EQ(std::filesystem::file_size(each.path()), 1U) << "a line a run";
            }
        }
    }
    int files(const std::string& beginning) const {
        int found = 0;
        for (const auto& each : std::filesystem::directory_iterator{folder.path}) {
            found += each.path().filename().string().starts_with(beginning) ? 1 : 0;
        }
        return found;
    }
    bool a_claim_waits() {
        return count(
                   "pg_stat_activity WHERE datname = current_database() AND application_name LIKE "
                   "'%items%' AND wait_event_type = 'Lock' AND query LIKE "
                   "'%i.payload%session_parts%'") == 1;
    }
    /// Holds up a read that claims items, as it looks for the lease; `strike` comes then.
    template <class Strike>
    void claim_with(Strike strike) {
        begin_with_effects("4");
        put(20);  // what is asked by then is prepared
        wait_until_empty();
        int items = 20;
        bool struck = false;
        for (; !struck && items < 300; items += 20) {
            // To enqueue, the table has to be free: so they are due when it is not any more.
            database.sql(
                "INSERT INTO leasehold.queue_jobs (payload, run_at) "
                "SELECT '1', clock_timestamp() + interval '1 s' FROM generate_series(1, 20)");
            pqxx::connection other{database.dsn()};
            pqxx::work holding{other};
            holding.exec("LOCK TABLE leasehold.session_parts IN ACCESS EXCLUSIVE MODE");
            if (eventually([&] { return a_claim_waits(); }, 5s)) {
                strike(holding);
                struck = true;
            }
        }
        ASSERT_TRUE(struck);
        end(items);
        EXPECT_EQ(said["unknown"], 0);
        expect_effects(items);
        EXPECT_EQ(runs(), items);
    }
};

TEST_F(CutOffByLease, AfterCommitWasForwardedTheItemIsNotRunAgain) {
    do_with_a_cut(commit_cut::after);
    EXPECT_EQ(way.counts().commits_cut_after, 1);
    EXPECT_EQ(runs(), 2);
    EXPECT_EQ(said["unknown"], 1);
}

TEST_F(CutOffByLease, BeforeCommitWasForwardedTheItemRunsAgainWithinTheSameClaim) {
    do_with_a_cut(commit_cut::before);
    EXPECT_EQ(way.counts().commits_cut_before, 1);
    EXPECT_EQ(runs(), 3);
    EXPECT_EQ(said["unknown"], 0);
}

TEST_F(CutOffByLease, ACommitThatArrivesAfterTheQuestionAboutItIsWaitedFor) {
    do_with_a_cut(commit_cut::late);
    EXPECT_EQ(way.counts().commits_cut_late, 1);
    EXPECT_EQ(runs(), 2);
    EXPECT_EQ(said["unknown"], 1);
}

TEST_F(CutOffByLease, AnAcknowledgementInABatchThatWasCommittedIsUnknownAndNotRepeated) {
    acknowledge_with_a_cut(commit_cut::after);
    EXPECT_EQ(way.counts().commits_cut_after, 1);
    EXPECT_GE(said["unknown"], 1);
}

TEST_F(CutOffByLease, AnAcknowledgementInABatchThatNeverArrivedIsSentAgain) {
    acknowledge_with_a_cut(commit_cut::before);
    EXPECT_EQ(way.counts().commits_cut_before, 1);
    EXPECT_EQ(said["unknown"], 0);
}

TEST_F(CutOffByLease, AnAcknowledgementInABatchThatArrivesLateIsWaitedFor) {
    acknowledge_with_a_cut(commit_cut::late);
    EXPECT_EQ(way.counts().commits_cut_late, 1);
    EXPECT_GE(said["unknown"], 1);
}

// Reads, looks and acknowledgements in batches, on one connection.
TEST_F(CutOffByLease, TwentyCommitsInARowOfTheItemsConnectionLoseNothing) {
    begin({"--noop"});
    way.cut_commits("items", commit_cut::after, 20);
    int items = 0;
    while (way.commits_to_cut() > 0 && items < 20'000) {
        put(200);
        items += 200;
        wait_until_done();
    }
    end(items);
    EXPECT_EQ(way.counts().commits_cut_after, 20);
}

TEST_F(CutOffByLease, AReadThatClaimsAndIsCutOffCostsNothing) {
    claim_with([&](pqxx::work&) { EXPECT_EQ(way.cut("items"), 1); });
}

TEST_F(CutOffByLease, AReadThatClaimsAndWhoseAnswerVanishesCostsNothing) {
    claim_with([&](pqxx::work& holding) {
        way.shape("items", traffic::lose_answers);
        holding.abort();
        EXPECT_TRUE(eventually([&] { return way.counts().lost == 1; }, patience));
        way.clear();
    });
}

}  // namespace
}  // namespace leasehold
