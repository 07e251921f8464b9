// The stub looks like CockroachDB, and what it translates works, in whatever way it is asked.

#include "tests/sql/cockroach/raw.hpp"

#include <pqxx/pqxx>

#include <thread>

namespace leasehold {
namespace {

using test::raw_connection;
using test::text_rows;

struct StubLook : test::behind_stub {};

TEST_F(StubLook, TheSessionBeginsWithWhatCockroachReports) {
    raw_connection client{dsn()};
    EXPECT_STREQ(PQparameterStatus(client.wire(), "crdb_version"),
                 "CockroachDB CCL v25.4.1 (stub)");
    EXPECT_STREQ(PQparameterStatus(client.wire(), "server_version"), "13.0.0");
    EXPECT_EQ(PQserverVersion(client.wire()), 130000);
    EXPECT_EQ(PQparameterStatus(client.wire(), "in_hot_standby"), nullptr);
    EXPECT_EQ(client.ask("SELECT version()").rows, (text_rows{{"CockroachDB CCL v25.4.1 (stub)"}}));
    EXPECT_EQ(client.ask("SHOW crdb_version", {}).rows,
              (text_rows{{"CockroachDB CCL v25.4.1 (stub)"}}));
    EXPECT_EQ(client.ask("SHOW crdb_version").tag, "SHOW");
    EXPECT_EQ(client.ask("SHOW server_version_num").rows, (text_rows{{"130000"}}));
}

TEST_F(StubLook, EveryTransactionIsSerializable) {
    raw_connection client{dsn() +
                          " options='-c default_transaction_isolation=read\\\\ committed"
                          " -c prefer_lookup_joins_for_fks=on'"};
    EXPECT_EQ(client.ask("SHOW transaction_isolation").rows, (text_rows{{"serializable"}}));
    EXPECT_EQ(client.ask("SHOW prefer_lookup_joins_for_fks").rows, (text_rows{{"on"}}));
    client.ask("SET default_transaction_isolation = 'read committed'");
    client.ask("BEGIN ISOLATION LEVEL READ COMMITTED");
    EXPECT_EQ(client.ask("SHOW transaction_isolation").rows, (text_rows{{"serializable"}}));
    client.ask("ROLLBACK");
    play({.look = test::cockroach_look{.read_committed = true}});
    raw_connection newer{dsn()};
    EXPECT_EQ(newer.ask("SHOW transaction_isolation").rows, (text_rows{{"serializable"}}));
    newer.ask("BEGIN ISOLATION LEVEL READ COMMITTED");
    EXPECT_EQ(newer.ask("SHOW transaction_isolation").rows, (text_rows{{"read committed"}}));
}

TEST_F(StubLook, WhatItLacksIsRefusedBothWaysAndTheConnectionGoesOn) {
    raw_connection client{dsn()};
    for (const auto& [statement, sqlstate] : std::vector<std::pair<const char*, const char*>>{
             {"LISTEN a", "42601"},
             {"SELECT pg_notify('a', 'b')", "42883"},
             {"SELECT txid_current()", "42883"},
             {"SELECT pg_try_advisory_lock(1)", "42883"},
             {"DO $$ BEGIN END $$", "42601"},
             {"SELECT ctid FROM t", "42703"},
             {"SET jit = off", "42704"},
             {"SET enable_hashjoin = off", "0A000"},
             {"COMMIT", "25P01"},
             {"ROLLBACK", "25P01"},
             {"WITH a AS (UPDATE t SET n = 1 RETURNING 1) DELETE FROM t", "0A000"}}) {
        EXPECT_EQ(client.ask(statement).sqlstate, sqlstate) << statement;
        EXPECT_EQ(client.ask(statement, {}).sqlstate, sqlstate) << statement;
        client.ask("BEGIN");
        if (std::string_view{sqlstate} != "25P01") {
            EXPECT_EQ(client.ask(statement, {}).sqlstate, sqlstate) << statement;
            EXPECT_EQ(client.ask("SELECT 1").sqlstate, "25P02") << statement;
        }
        EXPECT_EQ(client.ask("ROLLBACK").tag, "ROLLBACK");
    }
    EXPECT_EQ(client.ask("SELECT 1; SELECT pg_notify('a', 'b')").sqlstate, "42883");
    EXPECT_EQ(client.ask("SELECT count(*) FROM t").rows, (text_rows{{"10"}}));
}

TEST_F(StubLook, AChangeOfTheSchemaCommitsTheTransactionBeforeIt) {
    for (const bool extended : {false, true}) {
        for (const bool off : {false, true}) {
            raw_connection client{dsn()};
            const auto ask = [&](const std::string& sql) {
                return extended ? client.ask(sql, {}) : client.ask(sql);
            };
            ask(off ? "SET autocommit_before_ddl = off" : "SELECT 1");
            ask("BEGIN");
            EXPECT_EQ(ask("BEGIN").sqlstate, "25001");
            ask("ROLLBACK");
            ask("BEGIN");
            ask("UPDATE t SET n = n + 100 WHERE id = 1");
            EXPECT_EQ(ask("CREATE TABLE w (a int)").tag, "CREATE TABLE");
            EXPECT_EQ(client.notices().size(), off ? 0U : 1U);
            EXPECT_EQ(ask("ROLLBACK").sqlstate, off ? "" : "25P01");
            EXPECT_EQ(database.count("t WHERE n > 100"), off ? 0 : 1);
            EXPECT_EQ(database.count("pg_class WHERE relname = 'w'"), off ? 0 : 1);
            database.sql("DROP TABLE IF EXISTS w");
            database.sql("UPDATE t SET n = 1");
        }
    }
}

TEST_F(StubLook, OptionsChooseTheReleaseAndTheAdvisoryLocks) {
    raw_connection newer{dsn()};
    EXPECT_EQ(newer.ask("SELECT 1 FROM t FOR UPDATE SKIP LOCKED").sqlstate, "");
    play({.look = test::cockroach_look{.release = {22, 1}, .pretends_locks = true}});
    raw_connection older{dsn()};
    EXPECT_EQ(older.ask("SELECT 1 FROM t FOR UPDATE SKIP LOCKED").sqlstate, "0A000");
    EXPECT_EQ(older.ask("SELECT to_regclass('t')").sqlstate, "42883");
    raw_connection another{dsn()};
    for (auto* client : {&older, &another}) {
        EXPECT_EQ(client->ask("SELECT pg_try_advisory_lock($1)", {"7"}).rows, (text_rows{{"t"}}));
    }
}

TEST_F(StubLook, SettingsOfItsOwnAreAccepted) {
    raw_connection client{dsn()};
    EXPECT_EQ(client.ask("SET enable_seqscan = off").tag, "SET");
    EXPECT_EQ(client.notices(),
              std::vector<std::string>{"setting session var \"enable_seqscan\" is a no-op"});
    EXPECT_EQ(client.ask("SET kv_transaction_buffered_writes_enabled = off", {}).tag, "SET");
    EXPECT_EQ(client.ask("SHOW kv_transaction_buffered_writes_enabled").rows, (text_rows{{"off"}}));
    client.ask("SET lock_timeout = '5s'");
    EXPECT_EQ(client.ask("SHOW lock_timeout").rows, (text_rows{{"5000"}}));
    EXPECT_EQ(client.ask("SHOW CLUSTER SETTING version").rows, (text_rows{{"25.4"}}));
    EXPECT_EQ(client.ask("SELECT crdb_internal.node_id()").rows, (text_rows{{"1"}}));
    EXPECT_EQ(client.ask("SELECT args->>2 FROM crdb_internal.kv_node_status").rows,
              (text_rows{{"--max-offset=500ms"}}));
    EXPECT_EQ(client.ask("SELECT cluster_logical_timestamp() > 1.5e18").rows, (text_rows{{"t"}}));
}

TEST_F(StubLook, ItsOwnTablesAndIndexesAreMade) {
    raw_connection client{dsn()};
    EXPECT_EQ(
        client.ask("CREATE TABLE f (a int PRIMARY KEY, b int, FAMILY f0 (a), FAMILY f1 (b))").tag,
        "CREATE TABLE");
    EXPECT_EQ(client.ask("CREATE INDEX f_b ON f (b) STORING (a)").tag, "CREATE INDEX");
    EXPECT_EQ(client.ask("ALTER TABLE f SPLIT AT VALUES (1), (2)").tag, "ALTER TABLE SPLIT AT");
    EXPECT_EQ(client.ask("ALTER INDEX f@f_b SPLIT AT VALUES (1)", {}).tag, "ALTER INDEX SPLIT AT");
    EXPECT_EQ(client.ask("SELECT count(*) FROM f@f_b").rows, (text_rows{{"0"}}));
}

TEST_F(StubLook, AnUpdateOfTheFirstRowsByEveryWayOfAsking) {
    const std::string update =
        "UPDATE t SET n = -n WHERE part = $1 AND n > 0 ORDER BY id LIMIT $2 RETURNING id, n";
    raw_connection client{dsn()};
    EXPECT_EQ(
        client.ask("UPDATE t SET n = -n WHERE n > 0 ORDER BY id DESC LIMIT 1 RETURNING id").rows,
        (text_rows{{"10"}}));
    EXPECT_EQ(client.ask(update, {"1", "2"}).rows, (text_rows{{"1", "-1"}, {"3", "-3"}}));
    pqxx::connection session{dsn()};
    session.prepare("claim", update);
    pqxx::work tx{session};
    const auto claimed = tx.exec_prepared("claim", 1, 1);
    EXPECT_EQ(claimed.at(0).at(0).as<int>(), 5);
    tx.commit();
    EXPECT_EQ(
        client.ask("DELETE FROM t WHERE part = $1 ORDER BY id LIMIT 2 RETURNING id", {"0"}).rows,
        (text_rows{{"2"}, {"4"}}));
    EXPECT_EQ(database.count("t WHERE n < 0"), 4);
    EXPECT_EQ(database.count("t"), 8);
}

TEST_F(StubLook, PipelinesAreAnsweredInTheirOrderAndInBytes) {
    raw_connection client{dsn()};
    auto* wire = client.wire();
    ASSERT_EQ(PQenterPipelineMode(wire), 1);
    const auto send = [&](const char* sql) {
        ASSERT_EQ(PQsendQueryParams(wire, sql, 0, nullptr, nullptr, nullptr, nullptr, 1), 1);
    };
    send("BEGIN");
    send("UPDATE t@t_pkey SET n = 0 WHERE part = 1 ORDER BY id LIMIT 1 RETURNING id");
    send("COMMIT");
    ASSERT_EQ(PQpipelineSync(wire), 1);
    send("SELECT 1::int4");
    send("SELECT pg_notify('a', 'b')");
    send("SELECT 2");
    ASSERT_EQ(PQpipelineSync(wire), 1);
    send("SELECT version()");
    ASSERT_EQ(PQpipelineSync(wire), 1);
    const auto answer = [&] {
        auto one = client.next();
        if (one.tag != "PGRES_PIPELINE_SYNC") {
            EXPECT_EQ(client.next().tag, "none");
        }
        return one;
    };
    EXPECT_EQ(answer().tag, "BEGIN");
    EXPECT_EQ(answer().rows, (text_rows{{std::string{"\0\0\0\1", 4}}}));
    EXPECT_EQ(answer().tag, "COMMIT");
    EXPECT_EQ(answer().tag, "PGRES_PIPELINE_SYNC");
    EXPECT_EQ(answer().rows, (text_rows{{std::string{"\0\0\0\1", 4}}}));
    EXPECT_EQ(answer().sqlstate, "42883");
    EXPECT_EQ(answer().tag, "PGRES_PIPELINE_ABORTED");
    EXPECT_EQ(answer().tag, "PGRES_PIPELINE_SYNC");
    EXPECT_EQ(answer().rows, (text_rows{{"CockroachDB CCL v25.4.1 (stub)"}}));
    EXPECT_EQ(answer().tag, "PGRES_PIPELINE_SYNC");
    EXPECT_EQ(PQexitPipelineMode(wire), 1);
}

TEST_F(StubLook, LongMessagesAndCopiesPassBothWays) {
    raw_connection client{dsn()};
    const std::string megabytes(16'000'000, 'x');
    const auto back = client.ask("SELECT $1::text", {megabytes});
    ASSERT_EQ(back.sqlstate, "") << back.message;
    EXPECT_TRUE(back.rows.at(0).at(0) == megabytes);
    ASSERT_EQ(PQsendQuery(client.wire(), "COPY t FROM STDIN"), 1);
    ASSERT_EQ(client.next().tag, "PGRES_COPY_IN");
    std::string lines;
    for (int i = 0; i < 100'000; ++i) {
        lines += "7\t" + std::to_string(i) + "\t1\n";
    }
    ASSERT_EQ(PQputCopyData(client.wire(), lines.data(), static_cast<int>(lines.size())), 1);
    ASSERT_EQ(PQputCopyEnd(client.wire(), nullptr), 1);
    EXPECT_EQ(client.next().tag, "COPY 100000");
    EXPECT_EQ(client.next().tag, "none");
    EXPECT_EQ(database.count("t WHERE part = 7"), 100'000);
    // Asked by the extended protocol, a Sync comes while the server waits for rows.
    ASSERT_EQ(PQsendQueryParams(client.wire(), "COPY t FROM STDIN", 0, nullptr, nullptr, nullptr,
                                nullptr, 0),
              1);
    ASSERT_EQ(client.next().tag, "PGRES_COPY_IN");
    ASSERT_EQ(PQputCopyData(client.wire(), "8\t1\t1\n", 6), 1);
    ASSERT_EQ(PQputCopyEnd(client.wire(), nullptr), 1);
    EXPECT_EQ(client.next().tag, "COPY 1");
    EXPECT_EQ(client.next().tag, "none");
    EXPECT_EQ(client.ask("SELECT count(*) FROM t WHERE part = 8").rows, (text_rows{{"1"}}));
}

TEST_F(StubLook, ACancelRequestReachesTheStatement) {
    raw_connection client{dsn()};
    const std::unique_ptr<PGcancel, decltype(&PQfreeCancel)> cancel{PQgetCancel(client.wire()),
                                                                    &PQfreeCancel};
    ASSERT_EQ(PQsendQuery(client.wire(), "SELECT pg_sleep(60)"), 1);
    while (database.count("pg_stat_activity WHERE query = 'SELECT pg_sleep(60)'") == 0) {
        std::this_thread::yield();
    }
    std::string why(256, '\0');
    ASSERT_EQ(PQcancel(cancel.get(), why.data(), static_cast<int>(why.size())), 1) << why;
    EXPECT_EQ(client.next().sqlstate, "57014");
}

TEST_F(StubLook, HundredsOfConnectionsComeAndGo) {
    for (int i = 0; i < 300; ++i) {
        raw_connection client{dsn()};
        ASSERT_EQ(client.ask("SELECT 1").tag, "SELECT 1");
    }
    EXPECT_EQ(stub().connections(), 300);
}

}  // namespace
}  // namespace leasehold
