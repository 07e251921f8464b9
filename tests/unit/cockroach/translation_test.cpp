// CockroachDB's own words become PostgreSQL's, and all others stay as they are.

#include "tests/cockroach/translation.hpp"

#include <gtest/gtest.h>

#include <string>

namespace leasehold {
namespace {

using test::as_postgres;
using test::cockroach_look;

std::string sql_of(std::string_view statement, const cockroach_look& look = {}) {
    return as_postgres(statement, look).sql;
}

TEST(CockroachTranslation, LeavesAllElseAsItIs) {
    for (const char* statement :
         {"", "SELECT 1", "  /* version() */ SELECT 'a@b', a @> b, x.version() FROM t -- FAMILY",
          "UPDATE t SET n = 1 WHERE id IN (SELECT id FROM u ORDER BY id LIMIT 3) RETURNING n",
          "SELECT id FROM t ORDER BY id LIMIT 1 FOR UPDATE",
          "INSERT INTO t VALUES (1) ON CONFLICT (n) DO UPDATE SET n = 2",
          "CREATE TABLE t (family text, n int)", "BEGIN", "BEGIN ISOLATION LEVEL SERIALIZABLE",
          "CREATE INDEX i ON t USING hash (n)", "SHOW TimeZone", "SET lock_timeout = '5s'"}) {
        EXPECT_EQ(sql_of(statement), statement);
    }
}

TEST(CockroachTranslation, TablesLoseTheirFamilies) {
    EXPECT_EQ(sql_of("CREATE TABLE t (a int, b int, FAMILY f0 (a), FAMILY (b), UNIQUE (b))"),
              "CREATE TABLE t (a int, b int, UNIQUE (b))");
    EXPECT_EQ(sql_of("CREATE TABLE t (FAMILY f (a), a int)"), "CREATE TABLE t ( a int)");
}

TEST(CockroachTranslation, DatabasesGoWithWhatUsesThem) {
    EXPECT_EQ(sql_of("DROP DATABASE IF EXISTS d CASCADE"),
              "DROP DATABASE IF EXISTS d WITH (FORCE)");
    EXPECT_EQ(sql_of("DROP DATABASE d"), "DROP DATABASE d");
}

TEST(CockroachTranslation, IndexesIncludeWhatTheyStore) {
    EXPECT_EQ(sql_of("CREATE INDEX ON t (a) STORING (b, c) WHERE d"),
              "CREATE INDEX ON t (a) INCLUDE (b, c) WHERE d");
    EXPECT_EQ(sql_of("CREATE INDEX ON t (a) USING HASH WITH (bucket_count = 8) STORING (b)"),
              "CREATE INDEX ON t (a)  INCLUDE (b)");
}

TEST(CockroachTranslation, HintsAndOldReadingsAreLeftOut) {
    EXPECT_EQ(sql_of("SELECT a FROM q.t@t_ready WHERE b"), "SELECT a FROM q.t WHERE b");
    EXPECT_EQ(sql_of("SELECT a FROM t@{FORCE_INDEX=i,ASC} WHERE b"), "SELECT a FROM t WHERE b");
    EXPECT_EQ(sql_of("SELECT a FROM t AS OF SYSTEM TIME follower_read_timestamp() WHERE b"),
              "SELECT a FROM t  WHERE b");
    EXPECT_EQ(sql_of("SELECT a FROM t AS OF SYSTEM TIME '-1s'"), "SELECT a FROM t ");
}

TEST(CockroachTranslation, AnUpdateOfTheFirstRowsFindsThemFirst) {
    EXPECT_EQ(sql_of("UPDATE q.items SET claim = $1 WHERE part = $2 AND claim IS NULL "
                     "ORDER BY priority, run_at LIMIT $3 RETURNING id"),
              "UPDATE q.items SET claim = $1  WHERE items.ctid = ANY (ARRAY (SELECT items.ctid "
              "FROM q.items WHERE part = $2 AND claim IS NULL ORDER BY priority, run_at LIMIT $3)) "
              " RETURNING id");
    EXPECT_EQ(sql_of("UPDATE t AS x SET a = 1 LIMIT 2"),
              "UPDATE t AS x SET a = 1  WHERE x.ctid = ANY (ARRAY (SELECT x.ctid FROM t AS x "
              "LIMIT 2)) ");
    EXPECT_EQ(sql_of("UPDATE t x SET a = u.b FROM u WHERE u.c = x.c ORDER BY u.d LIMIT 2"),
              "UPDATE t x SET a = u.b FROM u  WHERE x.ctid = ANY (ARRAY (SELECT x.ctid FROM t x, "
              "u WHERE u.c = x.c ORDER BY u.d LIMIT 2)) AND (u.c = x.c) ");
}

TEST(CockroachTranslation, ADeleteOfTheFirstRowsToo) {
    EXPECT_EQ(sql_of("WITH d AS (DELETE FROM t WHERE a ORDER BY b LIMIT 1 RETURNING c) "
                     "SELECT c FROM d ORDER BY c LIMIT 5"),
              "WITH d AS (DELETE FROM t  WHERE t.ctid = ANY (ARRAY (SELECT t.ctid FROM t "
              "WHERE a ORDER BY b LIMIT 1))  RETURNING c) SELECT c FROM d ORDER BY c LIMIT 5");
}

TEST(CockroachTranslation, SplitsAreAnsweredWithTheirTagAndNoRows) {
    const auto table = as_postgres("ALTER TABLE q.t SPLIT AT VALUES (1), (2)", {});
    EXPECT_EQ(table.tag, "ALTER TABLE SPLIT AT");
    EXPECT_NE(table.sql.find("WHERE false"), std::string::npos);
    EXPECT_EQ(as_postgres("ALTER INDEX t@i SPLIT AT VALUES (1)", {}).tag, "ALTER INDEX SPLIT AT");
    EXPECT_EQ(sql_of("ALTER TABLE t ADD COLUMN a int"), "ALTER TABLE t ADD COLUMN a int");
}

TEST(CockroachTranslation, ItsOwnSettingsLiveElsewhere) {
    EXPECT_EQ(sql_of("SET prefer_lookup_joins_for_fks = on"),
              "SET cockroach.prefer_lookup_joins_for_fks = on");
    EXPECT_EQ(sql_of("SET LOCAL autocommit_before_ddl = off"),
              "SET LOCAL cockroach.autocommit_before_ddl = off");
    const auto none = as_postgres("SET enable_seqscan = off", {});
    EXPECT_EQ(none.notice, "setting session var \"enable_seqscan\" is a no-op");
    EXPECT_EQ(none.sql.find("enable_seqscan"), std::string::npos);
    EXPECT_EQ(as_postgres("SHOW CLUSTER SETTING version", {}).sql,
              "SELECT '25.4'::text AS \"version\"");
}

TEST(CockroachTranslation, EveryTransactionIsSerializableUnlessGranted) {
    EXPECT_EQ(sql_of("BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE"),
              "BEGIN ISOLATION LEVEL SERIALIZABLE READ WRITE");
    EXPECT_EQ(sql_of("SET default_transaction_isolation = 'read committed'"),
              "SET default_transaction_isolation = 'serializable'");
    const cockroach_look newer{.read_committed = true};
    EXPECT_EQ(sql_of("BEGIN ISOLATION LEVEL READ COMMITTED", newer),
              "BEGIN ISOLATION LEVEL READ COMMITTED");
    EXPECT_EQ(sql_of("BEGIN ISOLATION LEVEL REPEATABLE READ", newer),
              "BEGIN ISOLATION LEVEL SERIALIZABLE");
    EXPECT_EQ(test::startup_options("-c a.b=1 -cprefer_lookup_joins_for_fks=on "
                                    "-c default_transaction_isolation=read\\ committed",
                                    {}),
              "-c default_transaction_isolation=serializable -c a.b=1"
              " -c cockroach.prefer_lookup_joins_for_fks=on");
}

TEST(CockroachTranslation, AdvisoryLocksCanBePretended) {
    EXPECT_EQ(test::with_pretended_locks("SELECT pg_try_advisory_lock(CAST($1 AS int8)), 2"),
              "SELECT (SELECT ARRAY[CAST($1 AS int8)] IS NOT NULL OR true AS "
              "pg_try_advisory_lock), 2");
    EXPECT_EQ(test::with_pretended_locks("SELECT pg_advisory_unlock_all()"),
              "SELECT (SELECT ARRAY[NULL] IS NOT NULL OR true AS pg_advisory_unlock_all)");
}

TEST(CockroachTranslation, TheReleaseSaysWhichPostgresqlItIs) {
    EXPECT_EQ(cockroach_look{}.server_version(), "13.0.0");
    EXPECT_EQ((cockroach_look{.release = {26, 3}}).server_version(), "18.0.0");
    EXPECT_EQ(cockroach_look{}.version_text(), "CockroachDB CCL v25.4.1 (stub)");
}

}  // namespace
}  // namespace leasehold
