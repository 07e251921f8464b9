// leasehold enqueue: any amount, each batch whole or not at all, and always a way to go on.

#include "tests/support/database.hpp"
#include "tests/support/program.hpp"

#include <leasehold/options.hpp>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>
#include <pqxx/pqxx>

#include <algorithm>
#include <fstream>
#include <sstream>

namespace leasehold {

namespace {

using namespace std::chrono_literals;
using nlohmann::json;

class Enqueue : public testing::Test {
protected:
    void SetUp() override { db.make_queue("mail", 4); }

    test::program_result run(std::vector<std::string> more, const std::string& input = {}) {
        more.insert(more.begin(), {"--dsn", db.dsn(), "enqueue", "mail"});
        return test::run_leasehold(more, {.input = input});
    }

    std::string one(const std::string& text) { return db.sql(text)[0][0].c_str(); }
    std::string items() { return one("SELECT count(*) FROM leasehold.queue_mail"); }

    static std::string numbered_lines(int count) {
        std::string text;
        for (int i = 1; i <= count; ++i) {
            text += "line " + std::to_string(i) + "\n";
        }
        return text;
    }

    /// `count` JSON lines; that numbered `bad` is `text`.
    static std::string json_lines(int count, int bad, const std::string& text) {
        std::string lines;
        for (int i = 1; i <= count; ++i) {
            lines += i == bad ? text + "\n" : "{\"payload\": " + std::to_string(i) + "}\n";
        }
        return lines;
    }

    void expect_standing(const test::program_result& result,
                         const std::vector<std::string>& words) {
        EXPECT_EQ(result.status, 1) << result.err;
        EXPECT_EQ(std::count(result.err.begin(), result.err.end(), '\n'), 1) << result.err;
        for (const auto& word : words) {
            EXPECT_NE(result.err.find(word), std::string::npos) << word << " in " << result.err;
        }
    }

    test::fresh_database db{};
};

TEST_F(Enqueue, OneItemWithEverythingGiven) {
    const auto result =
        run({"--payload", R"({"a": 12345678901234567890123.10})", "--json", "--priority", "-3",
             "--run-at", "2031-02-03T04:05:06+02:00", "--max-attempts", "7", "--id",
             "0B51F5DE-6C2E-4B0C-9D39-5E1A7C7C1F42"});
    ASSERT_EQ(result.status, 0) << result.err;
    EXPECT_EQ(
        json::parse(result.out),
        (json{{"enqueued", 1}, {"pending", 0}, {"id", "0b51f5de-6c2e-4b0c-9d39-5e1a7c7c1f42"}}));
    EXPECT_EQ(one("SELECT concat_ws(' ', id, payload, priority, run_at AT TIME ZONE 'UTC',"
                  " max_attempts) FROM leasehold.queue_mail"),
              "0b51f5de-6c2e-4b0c-9d39-5e1a7c7c1f42 {\"a\": 12345678901234567890123.10} -3 "
              "2031-02-03 02:05:06 7");
}

TEST_F(Enqueue, EachLineIsAnItemEmptyOnesToo) {
    const auto result =
        run({"--lines", "-", "--priority", "4"}, "a \"quoted\" \\ line\n\n\tlast, without an end");
    EXPECT_EQ(result.out, "enqueued 3\n") << result.err;
    EXPECT_EQ(one("SELECT string_agg(payload->>'line', '|' ORDER BY payload->>'line')"
                  " FROM leasehold.queue_mail WHERE priority = 4"),
              "|\tlast, without an end|a \"quoted\" \\ line");
}

TEST_F(Enqueue, JsonLinesMayLeaveEverythingOutButThePayload) {
    const auto result = run({"--jsonl", "-", "--json"},
                            "{\"payload\": 1}\n\n  \r\n"
                            "{\"priority\": 2, \"payload\": [], \"key\": null, \"id\": "
                            "\"0b51f5de6c2e4b0c9d395e1a7c7c1f42\"}\n");
    EXPECT_EQ(json::parse(result.out), (json{{"enqueued", 2}, {"pending", 0}})) << result.err;
    EXPECT_EQ(one("SELECT priority FROM leasehold.queue_mail"
                  " WHERE id = '0b51f5de-6c2e-4b0c-9d39-5e1a7c7c1f42'"),
              "2");
}

TEST_F(Enqueue, NoLinesAreNoItems) { EXPECT_EQ(run({"--lines", "-"}).out, "enqueued 0\n"); }

TEST_F(Enqueue, AFileIsReadAsWell) {
    const std::string path = testing::TempDir() + "/" + db.name() + ".txt";
    std::ofstream{path} << numbered_lines(5000);
    EXPECT_EQ(run({"--lines", path}).out, "enqueued 5000\n");
    std::remove(path.c_str());
    EXPECT_EQ(items(), "5000");
    EXPECT_EQ(one("SELECT count(DISTINCT payload) FROM leasehold.queue_mail"), "5000");
}

TEST_F(Enqueue, ABadLineStopsItsBatchAndSaysWhereToGoOn) {
    const auto result = run({"--jsonl", "-"}, json_lines(5000, 4500, "{\"payload\": tru}"));
    expect_standing(result, {"line 4500:", "not a valid JSON object, byte 13",
                             "4000 items are enqueued, nothing from line 4001 on",
                             "go on with --from-line 4001"});
    EXPECT_EQ(items(), "4000");
    const auto rest = run({"--jsonl", "-", "--from-line", "4001"}, json_lines(5000, 0, ""));
    EXPECT_EQ(rest.out, "enqueued 1000\n") << rest.err;
    EXPECT_EQ(one("SELECT count(DISTINCT payload) FROM leasehold.queue_mail"), "5000");
}

TEST_F(Enqueue, ABadLineInTheFirstBatchLeavesNothing) {
    for (const std::string bad :
         {"", "[]", "{\"payload\": 1, \"id\": \"zzz\"}", "{\"payload\": 1, \"pay\": 1}",
          "{\"payload\": \"\\u0000\"}",
          "{\"payload\": 1, \"id\": \"01890000-0000-7000-8000-000000000000\"}",
          "{\"payload\": 1, \"run_at\": \"2026-02-30T00:00:00Z\"}", "{\"payload\": \"\xff\"}"}) {
        if (bad.empty()) {
            continue;
        }
        expect_standing(run({"--jsonl", "-"}, json_lines(20, 7, bad)),
                        {"line 7:", "nothing is enqueued", "run the command again"});
    }
    expect_standing(run({"--jsonl", "-"},
                        json_lines(20, 7, std::string{"{\"payload\": \"a\0b\"}", 18})),
                    {"line 7:", "nothing is enqueued"});
    expect_standing(run({"--lines", "-"}, std::string{"good\nb\0d\n", 9}), {"line 2:", "NUL"});
    expect_standing(run({"--lines", "-"}, "good\nb\xff"), {"line 2:", "UTF-8", "iconv"});
    EXPECT_EQ(items(), "0");
}

TEST_F(Enqueue, WhatOnlyTheServerSeesIsTracedToItsLine) {
    EXPECT_EQ(run({"--payload", "1", "--id", "0b51f5de-6c2e-4b0c-9d39-5e1a7c7c1f42"}).status, 0);
    const std::string id = "{\"payload\": 1, \"id\": \"0b51f5de-6c2e-4b0c-9d39-5e1a7c7c1f42\"}";
    expect_standing(run({"--jsonl", "-"}, json_lines(3000, 2777, id)),
                    {"line 2777:", "0b51f5de-6c2e-4b0c-9d39-5e1a7c7c1f42 is in the queue already",
                     "2000 items are enqueued, nothing from line 2001 on"});
    EXPECT_EQ(items(), "2001");
    db.sql("DELETE FROM leasehold.queue_mail");
}

TEST_F(Enqueue, AnIdTwiceInOneBatchIsTheSecondLinesFault) {
    const std::string id = "{\"payload\": 1, \"id\": \"0b51f5de-6c2e-4b0c-9d39-5e1a7c7c1f42\"}\n";
    expect_standing(run({"--jsonl", "-"}, "{\"payload\": 1}\n" + id + "{\"payload\": 1}\n" + id),
                    {"line 4:", "in the queue already", "nothing is enqueued"});
    EXPECT_EQ(items(), "0");
}

TEST_F(Enqueue, AConstraintOfTheUsersOwnIsTracedToo) {
    db.sql("ALTER TABLE leasehold.items_mail ADD CONSTRAINT no_seven CHECK (payload <> '7')");
    expect_standing(run({"--jsonl", "-"}, json_lines(20, 0, "")),
                    {"line 7:", "no_seven", "nothing is enqueued"});
}

TEST_F(Enqueue, TheLargestPayloadIsTakenAndOneByteMoreIsNot) {
    const auto text = [](std::size_t bytes) { return std::string(bytes, 'x'); };
    const std::string frame = "{\"line\": \"\"}";
    EXPECT_EQ(run({"--lines", "-"}, text(payload_bytes_max - frame.size())).out, "enqueued 1\n");
    expect_standing(run({"--lines", "-"}, text(payload_bytes_max - frame.size() + 1)),
                    {"line 1:", "1048577", "enqueue a reference"});
    expect_standing(run({"--lines", "-"}, "a\n" + text(20'000'000) + "\nb\n"),
                    {"line 2:", "longer than 1048576 bytes", "enqueue a reference"});
    expect_standing(run({"--jsonl", "-"}, "{\"payload\": \"" + text(20'000'000) + "\"}\n"),
                    {"line 1:", "longer than", "enqueue a reference"});
    EXPECT_EQ(items(), "1");
}

TEST_F(Enqueue, ASlowInputIsEnqueuedAsItComes) {
    test::running_leasehold program{{"enqueue", "mail", "--lines", "-", "--dsn", db.dsn()},
                                    {.input = "first\n"}};
    const auto patience = std::chrono::steady_clock::now() + 10s;
    while (items() != "1" && std::chrono::steady_clock::now() < patience) {
        db.sql("SELECT pg_sleep(0.05)");
    }
    EXPECT_EQ(items(), "1");
    program.give("second\n");
    EXPECT_EQ(program.finish(10s).out, "enqueued 2\n");
}

TEST_F(Enqueue, AServerThatIsGoneForAMomentIsOutlasted) {
    test::running_leasehold program{{"enqueue", "mail", "--lines", "-", "--dsn", db.dsn()},
                                    {.input = "first\n"}};
    const auto connected = [&] {
        return one("SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()"
                   " AND pid <> pg_backend_pid() AND backend_type = 'client backend'") != "0";
    };
    while (items() != "1") {
        db.sql("SELECT pg_sleep(0.05)");
    }
    ASSERT_TRUE(connected());
    db.cut("true");
    program.give("second\n");
    EXPECT_EQ(program.finish(60s).out, "enqueued 2\n");
    EXPECT_EQ(items(), "2");
}

// The connection is lost in the middle of COMMIT; the server has rolled back.
TEST_F(Enqueue, ACommitWithoutAnAnswerThatFailedIsSentAgain) {
    db.sql(
        "CREATE FUNCTION slow() RETURNS trigger LANGUAGE plpgsql AS"
        " $$ BEGIN PERFORM pg_sleep(600); RETURN NULL; END $$");
    db.sql(
        "CREATE CONSTRAINT TRIGGER slow_commit AFTER INSERT ON leasehold.items_mail"
        " DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION slow()");
    test::running_leasehold program{{"enqueue", "mail", "--payload", "1", "--dsn", db.dsn()}};
    const std::string committing =
        "SELECT count(*) FROM pg_stat_activity"
        " WHERE datname = current_database() AND query = 'COMMIT'"
        " AND state = 'active'";
    const auto patience = std::chrono::steady_clock::now() + 30s;
    while (one(committing) != "1" && std::chrono::steady_clock::now() < patience) {
        db.sql("SELECT pg_sleep(0.05)");
    }
    db.sql("ALTER DATABASE " + db.name() + " SET session_replication_role = replica");
    db.cut("query = 'COMMIT' AND state = 'active'");
    const auto result = program.finish(60s);
    EXPECT_EQ(result.status, 0) << result.err;
    EXPECT_EQ(items(), "1");
}

}  // namespace

}  // namespace leasehold
