// Each fault of the stub comes out as named, also as the library sorts it.

#include "tests/sql/cockroach/raw.hpp"

#include "sql/sql_failure.hpp"

#include <pqxx/pqxx>

#include <functional>
#include <future>
#include <thread>
#include <tuple>

namespace leasehold {
namespace {

using test::fault;
using test::raw_connection;
using test::text_rows;

struct StubFault : test::behind_stub {
    int rows_of_one() { return database.count("t WHERE n = 1000"); }
    static constexpr const char* change = "UPDATE t SET n = 1000 WHERE id = 1 RETURNING n";
    static constexpr const char* begin = "BEGIN";
};

bool begins_restart(const raw_connection::answer& answer) {
    return answer.message.find("restart transaction: TransactionRetryWithProtoRefreshError: ") !=
           std::string::npos;
}

TEST_F(StubFault, ARestartAtAStatementOfATransaction) {
    faults().set(fault::restart_at_statement, {.probability = 1, .most = 2});
    raw_connection client{dsn()};
    EXPECT_EQ(client.ask(change).sqlstate, "") << "alone, the server runs it again by itself";
    for (const bool extended : {false, true}) {
        client.ask("BEGIN");
        const auto failed = extended ? client.ask(change, {}) : client.ask(change);
        EXPECT_EQ(failed.sqlstate, "40001");
        EXPECT_TRUE(begins_restart(failed)) << failed.message;
        EXPECT_EQ(client.ask("SELECT 1").sqlstate, "25P02");
        EXPECT_EQ(client.ask("COMMIT").tag, "ROLLBACK");
    }
    EXPECT_EQ(faults().count(fault::restart_at_statement), 2);
}

TEST_F(StubFault, ARestartAtCommitAfterTheRowsWereReturned) {
    faults().set(fault::restart_at_commit, {.probability = 1, .most = 2});
    raw_connection client{dsn()};
    for (const bool extended : {false, true}) {
        client.ask("BEGIN");
        EXPECT_EQ(client.ask(change, {}).rows, (text_rows{{"1000"}}));
        const auto failed = extended ? client.ask("COMMIT", {}) : client.ask("COMMIT");
        EXPECT_EQ(failed.sqlstate, "40001");
        EXPECT_TRUE(begins_restart(failed)) << failed.message;
        EXPECT_EQ(client.ask("ROLLBACK").sqlstate, "25P01") << "it is over already";
        EXPECT_EQ(rows_of_one(), 0);
    }
    client.ask("BEGIN");
    client.ask(change);
    EXPECT_EQ(client.ask("COMMIT").tag, "COMMIT");
    EXPECT_EQ(rows_of_one(), 1);
    EXPECT_EQ(faults().count(fault::restart_at_commit), 2);
}

TEST_F(StubFault, AnAmbiguousResultWasCommittedOrNot) {
    for (const auto which : {fault::ambiguous_rolled_back, fault::ambiguous_committed}) {
        for (const bool alone : {false, true}) {
            for (const bool extended : {false, true}) {
                database.sql("UPDATE t SET n = 1");
                faults().set(which, {.probability = 1, .most = 1});
                raw_connection client{dsn()};
                const auto ask = [&](const char* sql) {
                    return extended ? client.ask(sql, {}) : client.ask(sql);
                };
                std::string sqlstate;
                if (alone) {
                    sqlstate = ask(change).sqlstate;
                } else {
                    ask(begin);
                    EXPECT_EQ(ask(change).rows, (text_rows{{"1000"}}));
                    sqlstate = ask("COMMIT").sqlstate;
                }
                EXPECT_EQ(sqlstate, "40003");
                EXPECT_EQ(PQtransactionStatus(client.wire()), PQTRANS_IDLE);
                EXPECT_EQ(rows_of_one(), which == fault::ambiguous_committed ? 1 : 0);
                EXPECT_EQ(client.ask("SELECT 7").rows, (text_rows{{"7"}})) << "goes on";
            }
        }
        EXPECT_EQ(faults().count(which), 4);
    }
}

TEST_F(StubFault, ConnectionsAreLostBeforeAndAfterACommit) {
    for (const auto which : {fault::lost_before_commit, fault::lost_after_commit}) {
        for (const bool alone : {false, true}) {
            for (const bool extended : {false, true}) {
                database.sql("UPDATE t SET n = 1");
                faults().set(which, {.probability = 1, .most = 1});
                raw_connection client{dsn()};
                const auto ask = [&](const char* sql) {
                    return extended ? client.ask(sql, {}) : client.ask(sql);
                };
                if (!alone) {
                    ask(begin);
                    ask(change);
                }
                EXPECT_EQ(ask(alone ? change : "COMMIT").sqlstate, "lost");
                EXPECT_FALSE(client.is_open());
                EXPECT_EQ(rows_of_one(), which == fault::lost_after_commit ? 1 : 0);
            }
        }
        EXPECT_EQ(faults().count(which), 4);
    }
}

TEST_F(StubFault, TheEndOfAPipelinedTransactionFailsAsWell) {
    const std::vector<std::tuple<fault, const char*, int>> outcomes{
        {fault::restart_at_statement, "40001", 0},  {fault::restart_at_commit, "40001", 0},
        {fault::ambiguous_rolled_back, "40003", 0}, {fault::ambiguous_committed, "40003", 1},
        {fault::lost_before_commit, "lost", 0},     {fault::lost_after_commit, "lost", 1}};
    for (const auto& [which, sqlstate, changed] : outcomes) {
        database.sql("UPDATE t SET n = 1");
        faults().set(which, {.probability = 1, .most = 1});
        raw_connection client{dsn()};
        ASSERT_EQ(PQenterPipelineMode(client.wire()), 1);
        for (const char* sql : {begin, change, "COMMIT"}) {
            PQsendQueryParams(client.wire(), sql, 0, nullptr, nullptr, nullptr, nullptr, 1);
        }
        ASSERT_EQ(PQpipelineSync(client.wire()), 1);
        std::string seen;
        for (auto one = client.next(); one.tag != "PGRES_PIPELINE_SYNC"; one = client.next()) {
            seen = one.sqlstate.empty() ? seen : one.sqlstate;
            if (!client.is_open()) {
                break;
            }
        }
        EXPECT_EQ(seen, sqlstate) << to_text(which);
        EXPECT_EQ(rows_of_one(), changed) << to_text(which);
        if (client.is_open()) {
            EXPECT_EQ(client.next().tag, "none");
            EXPECT_EQ(PQexitPipelineMode(client.wire()), 1);
            EXPECT_EQ(client.ask("ROLLBACK").sqlstate.empty(),
                      which == fault::restart_at_statement);
            EXPECT_EQ(client.ask("SELECT 7").rows, (text_rows{{"7"}})) << to_text(which);
        }
    }
}

TEST_F(StubFault, StatementsAreCancelledAndLocksNotHad) {
    raw_connection client{dsn()};
    faults().set(fault::cancelled, {.probability = 1, .most = 1});
    EXPECT_EQ(client.ask(change).sqlstate, "57014");
    faults().set(fault::lock_timeout, {.probability = 1, .most = 1});
    EXPECT_EQ(client.ask(change, {}).sqlstate, "55P03");
    EXPECT_EQ(rows_of_one(), 0);
    EXPECT_EQ(client.ask(change).sqlstate, "");
}

TEST_F(StubFault, OnlyTheConnectionsThatAreMeantAndTheSameOnesWithTheSameSeed) {
    const auto failures = [&](const char* name, std::uint64_t seed) {
        play({.seed = seed});
        faults().only("leasehold");
        faults().set(fault::restart_at_statement, {.probability = 0.3});
        raw_connection client{dsn() + " application_name='" + name + "'"};
        std::string seen;
        for (int i = 0; i < 40; ++i) {
            client.ask("BEGIN");
            seen += client.ask("SELECT 1").sqlstate.empty() ? '.' : 'x';
            client.ask("ROLLBACK");
        }
        return seen;
    };
    EXPECT_EQ(failures("somebody", 1), std::string(40, '.'));
    const auto once = failures("leasehold test", 1);
    EXPECT_NE(once.find('x'), std::string::npos);
    EXPECT_NE(once.find('.'), std::string::npos);
    EXPECT_EQ(failures("leasehold test", 1), once);
    EXPECT_NE(failures("leasehold test", 2), once);
}

// --- As the library sorts them ------------------------------------------------------------------

std::string sorted(const std::function<void()>& run) {
    try {
        run();
        return "well";
    } catch (const sql_failure& failure) {
        return std::string{to_text(failure.kind())} + " " + failure.sqlstate();
    }
}

/// A change with COMMIT, by a raw connection, as the library sorts what comes of it.
sql_failure_kind kind_at_commit(raw_connection& client, const char* change) {
    client.ask("BEGIN");
    client.ask(change);
    const auto answer = client.ask("COMMIT");
    return kind_of(answer.sqlstate == "lost" ? "08006" : answer.sqlstate, sql_stage::commit);
}

TEST_F(StubFault, TheLibrarySortsEachByWhatMayBeDoneNext) {
    const std::vector<std::pair<fault, sql_failure_kind>> kinds{
        {fault::restart_at_commit, sql_failure_kind::retry},
        {fault::ambiguous_committed, sql_failure_kind::in_doubt},
        {fault::ambiguous_rolled_back, sql_failure_kind::in_doubt},
        {fault::lost_before_commit, sql_failure_kind::in_doubt},
        {fault::lost_after_commit, sql_failure_kind::in_doubt}};
    for (const auto& [which, kind] : kinds) {
        faults().set(which, {.probability = 1, .most = 1});
        raw_connection client{dsn()};
        EXPECT_EQ(kind_at_commit(client, change), kind) << to_text(which);
    }
    EXPECT_EQ(kind_of("57014", sql_stage::body), sql_failure_kind::retry);
}

TEST_F(StubFault, LibpqxxSaysInDoubtOfAnAmbiguousCommit) {
    const auto outcome = [&](fault which) {
        faults().set(which, {.probability = 1, .most = 1});
        pqxx::connection session{dsn()};
        return sorted([&] {
            auto stage = sql_stage::body;
            try {
                pqxx::work tx{session};
                tx.exec(change);
                stage = sql_stage::commit;
                tx.commit();
            } catch (const std::exception& error) {
                throw classified(error, stage);
            }
        });
    };
    EXPECT_EQ(outcome(fault::restart_at_statement), "retry 40001");
    EXPECT_EQ(outcome(fault::restart_at_commit), "retry 40001");
    EXPECT_EQ(outcome(fault::ambiguous_committed).substr(0, 8), "in doubt");
    EXPECT_EQ(outcome(fault::ambiguous_rolled_back).substr(0, 8), "in doubt");
    EXPECT_EQ(outcome(fault::lost_after_commit).substr(0, 8), "in doubt");
    EXPECT_EQ(outcome(fault::cancelled), "retry 57014");
}

// --- PostgreSQL's own failures ------------------------------------------------------------------

TEST_F(StubFault, AnExplicitTransactionThatCannotGoOnIsToldToRestart) {
    raw_connection one{dsn()};
    raw_connection two{dsn()};
    for (auto* each : {&one, &two}) {
        each->ask("BEGIN");
        each->ask("SELECT sum(n) FROM t");
    }
    one.ask("UPDATE t SET n = 0 WHERE id = 1");
    one.ask("COMMIT");
    const auto failed = two.ask("UPDATE t SET n = 5 WHERE id = 1");
    EXPECT_EQ(failed.sqlstate, "40001");
    EXPECT_TRUE(begins_restart(failed)) << failed.message;
}

TEST_F(StubFault, AStatementAloneIsRunAgainByTheServer) {
    raw_connection holder{dsn()};
    raw_connection waiter{dsn()};
    holder.ask("BEGIN");
    holder.ask("UPDATE t SET n = 100 WHERE id = 1");
    auto change_alone = std::async(std::launch::async, [&] {
        return waiter.ask("UPDATE t SET n = n + $1 WHERE id = 1 RETURNING n", {"1"});
    });
    while (
        database.count(
            "pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'") ==
        0) {
        std::this_thread::yield();
    }
    holder.ask("COMMIT");
    const auto changed = change_alone.get();
    EXPECT_EQ(changed.sqlstate, "") << changed.message;
    EXPECT_EQ(changed.rows, (text_rows{{"101"}})) << "PostgreSQL alone would have said 40001";
    EXPECT_EQ(faults().count("run again by the server"), 1);
}

TEST_F(StubFault, ADeadlockIsARestartToo) {
    raw_connection one{dsn()};
    raw_connection two{dsn()};
    one.ask("BEGIN");
    two.ask("BEGIN");
    one.ask("UPDATE t SET n = 0 WHERE id = 1");
    two.ask("UPDATE t SET n = 0 WHERE id = 2");
    auto first =
        std::async(std::launch::async, [&] { return one.ask("UPDATE t SET n = 0 WHERE id = 2"); });
    const auto second = two.ask("UPDATE t SET n = 0 WHERE id = 1");
    two.ask("ROLLBACK");
    const auto first_answer = first.get();
    const auto& failed = first_answer.sqlstate.empty() ? second : first_answer;
    EXPECT_EQ(failed.sqlstate, "40001");
    EXPECT_NE(failed.message.find("ABORT_REASON_PUSHER_ABORTED"), std::string::npos)
        << failed.message;
}

TEST_F(StubFault, AKeysCheckThatMeetsADeleteRefuses) {
    database.sql("CREATE TABLE u (k int PRIMARY KEY)");
    database.sql("CREATE TABLE v (k int REFERENCES u)");
    for (const bool refuses : {true, false}) {
        database.sql("INSERT INTO u VALUES (1)");
        play({.look = test::cockroach_look{.key_checks_refuse = refuses}});
        raw_connection one{dsn()};
        raw_connection two{dsn()};
        one.ask("BEGIN");
        one.ask("SELECT 1");
        two.ask("DELETE FROM u");
        EXPECT_EQ(one.ask("INSERT INTO v VALUES (1)").sqlstate, refuses ? "23503" : "40001");
    }
}

}  // namespace
}  // namespace leasehold
