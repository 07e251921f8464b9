#include "sql/transaction.hpp"

#include "tests/support/database.hpp"
#include "tests/support/wait.hpp"

#include <gtest/gtest.h>
#include <pqxx/pqxx>

#include <stdexcept>
#include <thread>

namespace leasehold {
namespace {

constexpr std::string_view fail_40001 =
    "DO $$ BEGIN RAISE EXCEPTION USING ERRCODE = '40001', MESSAGE = 'again'; END $$";

struct Transaction : testing::Test {
    test::fresh_database database;
    connection on = database.connect({.application_name = "under test"});
    transaction_counters counters;

    void SetUp() override { database.sql("CREATE TABLE t (n int PRIMARY KEY)"); }
    int rows() { return database.sql("SELECT count(*) FROM t")[0][0].as<int>(); }
    void kill_connection() { database.cut("application_name = 'under test'"); }
};

void swallow_a_failure(pqxx::transaction_base& tx) {
    try {
        tx.exec("SELECT nonsense");
    } catch (const std::exception&) {
    }
}

// libpqxx 6 has rolled back by then, and what is sent would be committed by itself.
TEST_F(Transaction, NothingIsCarriedOutAfterAFailureThatWasSwallowed) {
    EXPECT_THROW(run_transaction(on, counters,
                                 [](transaction& tx) {
                                     swallow_a_failure(tx.raw());
                                     tx.run("INSERT INTO t VALUES ($1)", {"1"});
                                 }),
                 sql_failure);
    EXPECT_EQ(rows(), 0);
}

TEST_F(Transaction, NorInATransactionOfTheCallersOwn) {
    pqxx::connection service{database.dsn()};
    {
        pqxx::work tx{service};
        swallow_a_failure(tx);
        transaction ours{tx, sql_dialect::postgres};
        EXPECT_ANY_THROW(ours.run("INSERT INTO t VALUES ($1)", {"1"}));
    }
    EXPECT_EQ(rows(), 0);
    {
        pqxx::work tx{service};
        transaction ours{tx, sql_dialect::postgres};
        ours.run("INSERT INTO t VALUES ($1)", {"2"});
        tx.commit();
    }
    EXPECT_EQ(rows(), 1);
}

TEST_F(Transaction, IsSerializable) {
    const auto level = run_transaction(on, counters, [](transaction& tx) {
        return std::string{tx.run("SHOW transaction_isolation")[0][0].c_str()};
    });
    EXPECT_EQ(level, "serializable");
    EXPECT_EQ(counters.committed, 1);
}

TEST_F(Transaction, TheWholeBodyRunsAgainAfterARollback) {
    database.needs_postgres("DO");
    int attempts = 0;
    run_transaction(on, counters, [&](transaction& tx) {
        tx.execute("INSERT INTO t VALUES ($1::int)", {std::to_string(attempts)});
        if (++attempts < 3) {
            tx.run_script(fail_40001);
        }
    });
    EXPECT_EQ(attempts, 3);
    EXPECT_EQ(rows(), 1);
    EXPECT_EQ(counters.retries, 2);
}

TEST_F(Transaction, RetriesAreBounded) {
    database.needs_postgres("errors made by DO");
    int attempts = 0;
    const retry_limits limits{.attempts_max = 4, .first = milliseconds{1}};
    try {
        run_transaction(
            on, counters,
            [&](transaction& tx) {
                ++attempts;
                tx.run_script(fail_40001);
            },
            limits);
        FAIL() << "a transaction that always fails came through";
    } catch (const sql_failure& failure) {
        EXPECT_EQ(failure.kind(), sql_failure_kind::retry);
        EXPECT_EQ(failure.sqlstate(), "40001");
    }
    EXPECT_EQ(attempts, 4);
}

TEST_F(Transaction, ASwallowedFailureCannotBeCommitted) {
    EXPECT_THROW(run_transaction(on, counters,
                                 [](transaction& tx) {
                                     tx.execute("INSERT INTO t VALUES (1)");
                                     try {
                                         tx.execute("SELECT nonsense");
                                     } catch (const sql_failure&) {
                                     }
                                 }),
                 sql_failure);
    EXPECT_EQ(rows(), 0);
}

TEST_F(Transaction, OtherPeoplesExceptionsRollBackAndComeThrough) {
    EXPECT_THROW(run_transaction(on, counters,
                                 [](transaction& tx) {
                                     tx.execute("INSERT INTO t VALUES (1)");
                                     throw std::logic_error("mine");
                                 }),
                 std::logic_error);
    EXPECT_EQ(rows(), 0);
    run_transaction(on, counters, [](transaction& tx) { tx.execute("INSERT INTO t VALUES (2)"); });
    EXPECT_EQ(rows(), 1);
}

TEST_F(Transaction, AConnectionLostBeforeCommitIsNoDoubtAndIsNeverReopenedSilently) {
    int attempts = 0;
    try {
        run_transaction(on, counters, [&](transaction& tx) {
            ++attempts;
            tx.execute("INSERT INTO t VALUES (1)");
            kill_connection();
            tx.execute("INSERT INTO t VALUES (2)");
        });
        FAIL() << "survived the end of its connection";
    } catch (const sql_failure& failure) {
        EXPECT_EQ(failure.kind(), sql_failure_kind::reconnect);
    }
    EXPECT_EQ(attempts, 1);
    EXPECT_FALSE(on.is_open());
    EXPECT_EQ(rows(), 0);
    run_transaction(on, counters, [](transaction& tx) { tx.execute("INSERT INTO t VALUES (3)"); });
    EXPECT_EQ(rows(), 1);
}

TEST_F(Transaction, AConnectionLostInCommitIsADoubt) {
    // The commit itself ends the connection: a deferred trigger runs in it.
    database.sql(
        "CREATE FUNCTION die() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
        "PERFORM pg_terminate_backend(pg_backend_pid()); RETURN NULL; END $$");
    database.sql(
        "CREATE CONSTRAINT TRIGGER dies AFTER INSERT ON t DEFERRABLE INITIALLY DEFERRED "
        "FOR EACH ROW EXECUTE FUNCTION die()");
    int attempts = 0;
    try {
        run_transaction(on, counters, [&](transaction& tx) {
            ++attempts;
            tx.execute("INSERT INTO t VALUES (1)");
        });
        FAIL() << "committed through the end of its connection";
    } catch (const sql_failure& failure) {
        EXPECT_EQ(failure.kind(), sql_failure_kind::in_doubt);
    }
    EXPECT_EQ(attempts, 1);
    EXPECT_EQ(counters.in_doubt, 1);
    EXPECT_FALSE(on.is_open());
}

TEST_F(Transaction, ALockedOneGoesOnFromWhatItHasWaitedFor) {
    database.needs_postgres("READ COMMITTED");
    database.sql("CREATE TABLE counted (n int)");
    database.sql("INSERT INTO counted VALUES (0)");
    const auto count_one = [](transaction& tx) { tx.run("UPDATE counted SET n = n + 1"); };
    connection second{database.connect()};
    transaction_counters of_second;
    std::jthread waits;
    run_locked(on, counters, [&](transaction& tx) {
        count_one(tx);
        waits = std::jthread{[&] { run_locked(second, of_second, count_one); }};
        EXPECT_TRUE(test::eventually([&] {
            return database.count(
                       "pg_stat_activity WHERE wait_event_type = 'Lock' AND "
                       "datname = current_database()") == 1;
        }));
    });
    waits.join();
    EXPECT_EQ(database.sql("SELECT n FROM counted")[0][0].as<int>(), 2);
    EXPECT_EQ(counters.retries + of_second.retries, 0);
}

// Others wait for what it has locked.
TEST_F(Transaction, ALockedOneThatFallsSilentIsEndedSoon) {
    database.needs_postgres("READ COMMITTED");
    const auto limit = run_locked(on, counters, [](transaction& tx) {
        return std::string{tx.run("SHOW idle_in_transaction_session_timeout")[0][0].c_str()};
    });
    EXPECT_EQ(limit, "5s");
    const auto after = run_single(on, counters, [](transaction& tx) {
        return std::string{tx.run("SHOW idle_in_transaction_session_timeout")[0][0].c_str()};
    });
    EXPECT_EQ(after, "5min");
}

// Even where the server's own default is another.
TEST_F(Transaction, ASingleStatementSeesWhatWasCommittedBeforeIt) {
    database.needs_postgres("READ COMMITTED");
    database.sql("ALTER DATABASE " + database.name() +
                 " SET default_transaction_isolation = 'serializable'");
    connection fresh{database.connect()};
    const auto level = run_single(fresh, counters, [](transaction& tx) {
        return std::string{tx.run("SHOW transaction_isolation")[0][0].c_str()};
    });
    EXPECT_EQ(level, "read committed");
}

TEST_F(Transaction, SnapshotsAreReadOnly) {
    EXPECT_THROW(read_snapshot(on,
                               [](transaction& tx) {
                                   tx.execute("INSERT INTO t VALUES (1)");
                                   return 0;
                               }),
                 sql_failure);
}

TEST_F(Transaction, AnUnreachableServerIsNamedWithoutItsPassword) {
    connection nowhere{dsn{"host=127.0.0.1 port=1 user=ann password=s3cret dbname=d"}};
    try {
        nowhere.open();
        FAIL() << "connected to nothing";
    } catch (const sql_failure& failure) {
        const std::string text = failure.what();
        EXPECT_EQ(failure.kind(), sql_failure_kind::reconnect);
        EXPECT_NE(text.find("host=127.0.0.1 port=1 dbname=d user=ann"), std::string::npos);
        EXPECT_EQ(text.find("s3cret"), std::string::npos);
        EXPECT_EQ(text.find('\n'), std::string::npos);
    }
}

// A trigger that must walk a table looked dear enough to be compiled: 50 ms for each
// acknowledgement.
TEST_F(Transaction, IndexLookupsArePreferredWithoutCompilingTheRest) {
    database.sql("ALTER DATABASE " + database.name() + " SET jit = on");
    auto handlers = database.connect({.index_scans_only = false});
    const auto plan = run_transaction(handlers, counters, [](transaction& tx) {
        tx.prefer_index_lookups();
        std::string lines;
        for (const auto& line : tx.run("EXPLAIN ANALYZE SELECT count(*) FROM t WHERE n + 1 > 0")) {
            lines += std::string{line[0].c_str()} + "\n";
        }
        return lines;
    });
    EXPECT_EQ(plan.find("JIT"), std::string::npos) << plan;
}

// What a pooler of transactions does: a session comes with what another connection has set in it.
TEST_F(Transaction, AServerSessionThatAnotherConnectionHasUsedIsRefused) {
    database.needs_postgres("settings that show a pooler");
    database.sql("ALTER DATABASE " + database.name() + " SET leasehold.connection = 'another'");
    try {
        on.open();
        FAIL() << "it was accepted";
    } catch (const sql_failure& failure) {
        EXPECT_EQ(failure.kind(), sql_failure_kind::refused);
        EXPECT_NE(std::string{failure.what()}.find("session pooling"), std::string::npos)
            << failure.what();
    }
}

}  // namespace
}  // namespace leasehold
