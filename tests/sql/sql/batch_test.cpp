#include "sql/batch.hpp"

#include "tests/support/database.hpp"
#include "tests/support/wait.hpp"

#include <gtest/gtest.h>
#include <pqxx/pqxx>

#include <memory>
#include <string>
#include <vector>

namespace leasehold {
namespace {

struct Batch : testing::Test {
    test::fresh_database database;
    connection on = database.connect({.application_name = "under test"});
    transaction_counters counters;
    int attempts = 0;  ///< begun

    void SetUp() override { database.sql("CREATE TABLE t (n int PRIMARY KEY)"); }

    std::vector<rows> run(const std::vector<statement>& statements,
                          const retry_limits& limits = {}) {
        return run_batch(
            on, counters, statements,
            [this] {
                ++attempts;
                return std::make_shared<int>();
            },
            batch_level::serializable, limits);
    }
    sql_failure failure_of(const std::vector<statement>& statements,
                           const retry_limits& limits = {}) {
        try {
            run(statements, limits);
        } catch (const sql_failure& failure) {
            return failure;
        }
        ADD_FAILURE() << "did not fail";
        return {sql_failure_kind::refused, "", ""};
    }
    int count() { return database.sql("SELECT count(*) FROM t")[0][0].as<int>(); }

    /// A row of `t` makes COMMIT carry out `what`.
    void at_commit(const std::string& what) {
        database.sql("CREATE FUNCTION last_words() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN " +
                     what + " RETURN NULL; END $$");
        database.sql(
            "CREATE CONSTRAINT TRIGGER at_last AFTER INSERT ON t DEFERRABLE INITIALLY DEFERRED "
            "FOR EACH ROW EXECUTE FUNCTION last_words()");
    }
    /// Fails with 40001 the first two times it is asked.
    static constexpr const char* not_yet =
        "IF nextval('asked') < 3 THEN RAISE EXCEPTION USING ERRCODE = '40001'; END IF;";
};

const statement add_one{"INSERT INTO t VALUES ($1::int) RETURNING n, NULL", {"1"}};

TEST_F(Batch, TakesAndAnswersEveryKindOfValue) {
    const std::vector<item_id> ids{random_item_id(), random_item_id()};
    const auto answers =
        run({{"SELECT $1::uuid[], cardinality($1::uuid[]), ($1::uuid[])[2], true", {ids}},
             {"SELECT cardinality($1::uuid[])", {std::vector<item_id>{}}},
             {"SELECT jsonb '{\"a\": 1}', int8 '-5', NULL::jsonb, 'x'::text", {}}});
    EXPECT_EQ(answers[0].ids(0, 0), ids);
    EXPECT_EQ(answers[0].number<int>(0, 1), 2);
    EXPECT_EQ(answers[0].id(0, 2), ids[1]);
    EXPECT_TRUE(answers[0].flag(0, 3));
    EXPECT_EQ(answers[1].number<int>(0, 0), 0);
    EXPECT_EQ(answers[2].text(0, 0), R"({"a": 1})");
    EXPECT_EQ(answers[2].number<std::int64_t>(0, 1), -5);
    EXPECT_TRUE(answers[2].is_null(0, 2));
    EXPECT_EQ(answers[2].text(0, 3), "x");
    // The same statement, asked by libpqxx.
    const auto as_text = run_transaction(on, counters, [&](transaction& tx) {
        return tx.ask({"SELECT $1::uuid[], ($1::uuid[])[2], true", {ids}});
    });
    EXPECT_EQ(as_text.ids(0, 0), ids);
    EXPECT_EQ(as_text.id(0, 1), ids[1]);
    EXPECT_TRUE(as_text.flag(0, 2));
}

TEST_F(Batch, AnswersEachStatementAsOneSerializableTransaction) {
    const auto answers = run({{"SELECT current_setting('transaction_isolation')", {}},
                              add_one,
                              {"SELECT n, $1::text FROM generate_series(1, 3) AS n", {"x"}},
                              {"SELECT n FROM t", {}},
                              {"SELECT $1::text IS NULL, 'a' WHERE false", {std::nullopt}}});
    ASSERT_EQ(answers.size(), 5U);
    EXPECT_EQ(answers[0].text(0, 0), "serializable");
    EXPECT_EQ(answers[1].number<int>(0, 0), 1);
    EXPECT_TRUE(answers[1].is_null(0, 1));
    EXPECT_EQ(answers[2].size(), 3);
    EXPECT_EQ(answers[2].number<int>(2, 0), 3);
    EXPECT_EQ(answers[2].text(2, 1), "x");
    EXPECT_EQ(answers[3].size(), 1) << "sees what came before it";
    EXPECT_TRUE(answers[4].empty());
    EXPECT_EQ(count(), 1);
    EXPECT_EQ(counters.committed, 1);
    EXPECT_THROW(static_cast<void>(answers[2].number<int>(0, 1)), std::range_error);
}

TEST_F(Batch, AFailureUndoesAllAndLeavesTheConnectionUsable) {
    const auto failure = failure_of({add_one, add_one, {"SELECT 1", {}}});
    EXPECT_EQ(failure.kind(), sql_failure_kind::refused);
    EXPECT_EQ(failure.sqlstate(), "23505");
    EXPECT_EQ(count(), 0);
    run({add_one});
    run_transaction(on, counters, [](transaction& tx) { tx.execute("DELETE FROM t"); });
    EXPECT_EQ(on.times_opened(), 1);
}

TEST_F(Batch, IsRunAgainAsAWholeWhenAStatementIsRolledBack) {
    database.sql("CREATE SEQUENCE asked");
    database.sql("CREATE FUNCTION ask() RETURNS int LANGUAGE plpgsql AS $$ BEGIN " +
                 std::string{not_yet} + " RETURN 7; END $$");
    const auto answers = run({add_one, {"SELECT ask()", {}}});
    EXPECT_EQ(answers[1].number<int>(0, 0), 7);
    EXPECT_EQ(attempts, 3);
    EXPECT_EQ(counters.retries, 2);
    EXPECT_EQ(count(), 1);
}

TEST_F(Batch, IsRunAgainAsAWholeWhenItsCommitIsRolledBack) {
    database.sql("CREATE SEQUENCE asked");
    at_commit(not_yet);
    run({add_one});
    EXPECT_EQ(attempts, 3);
    EXPECT_EQ(count(), 1);
    EXPECT_EQ(on.times_opened(), 1);
}

TEST_F(Batch, ItsAttemptsAreBounded) {
    database.sql("CREATE SEQUENCE asked");
    at_commit(not_yet);
    const auto failure = failure_of({add_one}, {.attempts_max = 2, .first = milliseconds{1}});
    EXPECT_EQ(failure.kind(), sql_failure_kind::retry);
    EXPECT_EQ(attempts, 2);
    EXPECT_EQ(count(), 0);
}

TEST_F(Batch, AStatementThatCouldNotBePreparedIsPreparedTheNextTime) {
    const statement early{"INSERT INTO later VALUES (1) RETURNING 1", {}};
    EXPECT_EQ(failure_of({add_one, early}).sqlstate(), "42P01");
    EXPECT_EQ(count(), 0);
    database.sql("CREATE TABLE later (n int)");
    EXPECT_EQ(run({add_one, early})[1].size(), 1);
}

TEST_F(Batch, ItsConnectionLostBeforeCommitMeansNothingHappened) {
    run({{"SELECT 1", {}}});
    database.cut("application_name = 'under test'");
    EXPECT_EQ(failure_of({add_one}).kind(), sql_failure_kind::reconnect);
    EXPECT_EQ(counters.reconnects, 1);
    run({add_one});
    EXPECT_EQ(on.times_opened(), 2);
    EXPECT_EQ(count(), 1);
}

TEST_F(Batch, ItsConnectionLostInCommitLeavesADoubt) {
    at_commit("PERFORM pg_terminate_backend(pg_backend_pid());");
    EXPECT_EQ(failure_of({add_one}).kind(), sql_failure_kind::in_doubt);
    EXPECT_EQ(attempts, 1) << "nobody runs it again before looking";
    EXPECT_EQ(counters.in_doubt, 1);
    EXPECT_FALSE(on.is_open());
}

TEST_F(Batch, WhatAConnectionRemembersIsBounded) {
    for (int i = 0; i < 600; ++i) {
        const auto n = std::to_string(i);
        EXPECT_EQ(run({{"SELECT " + n, {}}})[0].number<int>(0, 0), i);
    }
    const auto known = run({{"SELECT count(*) FROM pg_prepared_statements", {}}});
    EXPECT_LT(known[0].number<int>(0, 0), 530);
    EXPECT_EQ(run({{"SELECT 0", {}}})[0].number<int>(0, 0), 0) << "forgotten, and prepared again";
}

}  // namespace
}  // namespace leasehold
