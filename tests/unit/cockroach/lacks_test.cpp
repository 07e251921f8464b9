// What CockroachDB lacks is found by a statement's words, and nothing else is.

#include "tests/cockroach/lacks.hpp"

#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

namespace leasehold {
namespace {

using test::cockroach_lacks;

std::string code_of(std::string_view statement, const test::cockroach_release& release = {}) {
    const auto refusal = cockroach_lacks(statement, release);
    return refusal ? refusal->sqlstate : "";
}

TEST(CockroachLacks, WhatChangesRowsInAWithHasToAnswer) {
    EXPECT_EQ(code_of("WITH a AS (INSERT INTO t VALUES (1)) SELECT 1"), "0A000");
    EXPECT_EQ(code_of("WITH a AS MATERIALIZED (DELETE FROM t) SELECT 1"), "0A000");
    EXPECT_EQ(code_of("WITH b AS (SELECT 1), a AS (UPDATE t SET v = (SELECT max(v) FROM u)"
                      " WHERE id IN (SELECT 1)) SELECT 1"),
              "0A000");
    EXPECT_EQ(code_of("WITH a AS (DELETE FROM t WHERE id IN (SELECT (1)) RETURNING id) SELECT 1"),
              "");
    EXPECT_EQ(code_of("WITH a AS (SELECT 1) DELETE FROM t"), "");
}

TEST(CockroachLacks, EachIsRefusedWithItsSqlstate) {
    const std::vector<std::pair<const char*, const char*>> refused{
        {"LISTEN a", "42601"},
        {"notify a, 'b'", "42601"},
        {"SELECT pg_notify('a', 'b')", "42883"},
        {"SELECT pg_catalog.pg_terminate_backend(pid) FROM pg_stat_activity", "42883"},
        {"SELECT txid_current()", "42883"},
        {"SELECT pg_current_xact_id ()", "42883"},
        {"SELECT pg_xact_status($1)", "42883"},
        {"SELECT pg_try_advisory_xact_lock($1)", "42883"},
        {"BEGIN ISOLATION LEVEL SERIALIZABLE READ ONLY DEFERRABLE", "0A000"},
        {"DECLARE c CURSOR WITH HOLD FOR SELECT 1", "0A000"},
        {"LOCK TABLE t IN SHARE MODE", "42601"},
        {"MERGE INTO t USING u ON true WHEN MATCHED THEN DELETE", "42601"},
        {"SELECT make(secs => 5)", "42601"},
        {"SELECT ctid FROM t", "42703"},
        {"SELECT t.xmin FROM t", "42703"},
        {"CREATE TABLE t (CHECK (get_byte(uuid_send(id), 6) > 9))", "0A000"},
        {"CREATE TABLE t (u int REFERENCES u (n) ON DELETE SET NULL (u))", "42601"},
        {"CREATE TABLE t (n int UNIQUE DEFERRABLE INITIALLY DEFERRED)", "0A000"},
        {"ALTER TABLE t ADD UNIQUE (n) DEFERRABLE", "0A000"},
        {"CREATE TABLE t (n int) PARTITION BY LIST (n)", "42601"},
        {"CREATE TABLE t PARTITION OF u FOR VALUES IN (1)", "42601"},
        {"ALTER TABLE u ATTACH PARTITION t FOR VALUES IN (1)", "42601"},
        {"CREATE INDEX i ON t (n NULLS LAST)", "0A000"},
        {"SELECT a COLLATE \"C\" FROM t", "42601"},
        {"GRANT SELECT (a) ON t TO u", "42601"},
        {"DO $$ BEGIN END $$", "42601"},
        {"CREATE DOMAIN d AS int", "0A000"},
        {"CREATE RULE r AS ON INSERT TO t DO INSTEAD NOTHING", "0A000"},
        {"CREATE CONSTRAINT TRIGGER r AFTER INSERT ON t FOR EACH ROW EXECUTE FUNCTION f()",
         "0A000"},
        {"CREATE TRIGGER r AFTER INSERT ON t FOR EACH STATEMENT EXECUTE FUNCTION f()", "0A000"},
    };
    for (const auto& [statement, sqlstate] : refused) {
        EXPECT_EQ(code_of(statement), sqlstate) << statement;
    }
}

TEST(CockroachLacks, WhatIsThereIsNotRefused) {
    for (const char* statement : {
             "",
             "UNLISTEN *",
             "SELECT 'LISTEN pg_notify(' -- LISTEN\n",
             "SELECT $$ DO $$, \"ctid\".a /* => */ FROM \"ctid\"",
             "SELECT row_number() OVER (PARTITION BY a ORDER BY b) FROM t",
             "CREATE TABLE t (part int, id uuid, PRIMARY KEY (part, id), FAMILY f (part, id))",
             "CREATE TABLE t (n int) PARTITION BY LIST (n) (PARTITION p VALUES IN (1))",
             "CREATE TABLE t (u int REFERENCES u (n) ON DELETE SET NULL, m int)",
             "CREATE TABLE t (n int UNIQUE NOT DEFERRABLE)",
             "CREATE INDEX i ON t (n DESC NULLS LAST)",
             "UPDATE t SET a = 1 WHERE b ORDER BY c LIMIT $1 RETURNING a >= 5",
             "DELETE FROM t WHERE a IN (SELECT b FROM u JOIN v USING (c))",
             "SELECT 1 FROM t FOR UPDATE SKIP LOCKED",
             "BEGIN ISOLATION LEVEL SERIALIZABLE READ ONLY NOT DEFERRABLE",
             "GRANT SELECT ON t TO u",
             "INSERT INTO t VALUES (1) ON CONFLICT DO NOTHING",
         }) {
        EXPECT_EQ(code_of(statement), "") << statement;
    }
}

TEST(CockroachLacks, OlderReleasesLackMore) {
    const auto lacks = [](const char* statement, int year, int number) {
        return !code_of(statement, {year, number}).empty();
    };
    EXPECT_TRUE(lacks("SELECT 1 FROM t FOR UPDATE SKIP LOCKED", 22, 1));
    EXPECT_FALSE(lacks("SELECT 1 FROM t FOR UPDATE SKIP LOCKED", 22, 2));
    EXPECT_TRUE(lacks("SELECT to_regclass('t')", 22, 1));
    EXPECT_FALSE(lacks("SELECT to_regclass('t')", 25, 4));
    EXPECT_TRUE(lacks("WITH a AS (SELECT 1) DELETE FROM t USING a WHERE b", 22, 2));
    EXPECT_FALSE(lacks("DELETE FROM t USING a WHERE b", 23, 1));
    EXPECT_TRUE(
        lacks("CREATE TRIGGER r AFTER INSERT ON t FOR EACH ROW EXECUTE FUNCTION f()", 24, 2));
    EXPECT_TRUE(lacks("COPY t TO STDOUT", 22, 2));
}

TEST(CockroachLacks, ASettingIsThereOrNot) {
    EXPECT_EQ(code_of("SET jit = off"), "42704");
    EXPECT_EQ(code_of("SET LOCAL Enable_HashJoin TO off"), "0A000");
    EXPECT_EQ(code_of("SET SESSION enable_seqscan = off"), "") << "has no effect, and says so";
    for (const char* known :
         {"SET lock_timeout = 5", "SET TIME ZONE 'UTC'", "SET TimeZone = 'UTC'",
          "SET TRANSACTION ISOLATION LEVEL SERIALIZABLE", "SET leasehold.connection = 'a'",
          "SET SESSION CHARACTERISTICS AS TRANSACTION READ ONLY",
          "SET prefer_lookup_joins_for_fks = on", "SET CLUSTER SETTING a.b = 1"}) {
        EXPECT_EQ(code_of(known), "") << known;
    }
}

TEST(CockroachLacks, TwoChangesOfOneTableInAStatement) {
    EXPECT_EQ(code_of("WITH a AS (UPDATE q.t SET n = 1 RETURNING 1) DELETE FROM Q.T WHERE b"),
              "0A000");
    EXPECT_EQ(code_of("WITH a AS (INSERT INTO t VALUES (1) RETURNING 1) UPDATE t SET n = 1"),
              "0A000");
    EXPECT_EQ(code_of("WITH a AS (INSERT INTO t VALUES (1) RETURNING 1) "
                      "INSERT INTO t VALUES (2) ON CONFLICT DO NOTHING"),
              "0A000");
    EXPECT_EQ(code_of("WITH a AS (INSERT INTO t VALUES (1) RETURNING 1) INSERT INTO t VALUES (2)"),
              "");
    EXPECT_EQ(code_of("WITH a AS (UPDATE t SET n = 1 RETURNING 1) DELETE FROM u WHERE b"), "");
    EXPECT_EQ(code_of("WITH a AS (SELECT 1 FROM t FOR UPDATE) UPDATE t SET n = 1"), "");
}

}  // namespace
}  // namespace leasehold
