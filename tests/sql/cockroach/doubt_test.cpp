// A COMMIT without an answer, on a server that has neither advisory locks nor names for its
// transactions: rows of ours tell what became of it, and keep what is late from happening.

#include "sql/batch.hpp"
#include "sql/commit_fate.hpp"
#include "tests/sql/cockroach/cockroach_database.hpp"

#include <gtest/gtest.h>

#include <memory>
#include <optional>
#include <string>

namespace leasehold {
namespace {

using test::fault;

struct CockroachDoubt : testing::Test {
    test::cockroach_database database;
    connection sender = database.connect({.holds_guard = true});
    connection looker = database.connect();
    transaction_counters counters;

    void SetUp() override { database.sql("CREATE TABLE effects (n int)"); }
    int effects() { return database.count("effects"); }
    /// One effect, as one batch over `sender`. @return how it failed; nothing: it did not
    std::optional<sql_failure> send() {
        try {
            run_batch(sender, counters, {{"INSERT INTO effects VALUES (1)", {}}},
                      [] { return std::shared_ptr<void>{}; }, batch_level::serializable,
                      {.attempts_max = 1});
        } catch (const sql_failure& failure) {
            return failure;
        }
        return std::nullopt;
    }
    bool ended(std::int64_t guard) {
        return read_hint(looker, [&](transaction& tx) {
            return is_connection_ended(tx, std::to_string(guard));
        });
    }
};

TEST_F(CockroachDoubt, AConnectionStandsByItsRow) {
    sender.open();
    ASSERT_TRUE(sender.guard());
    EXPECT_EQ(database.count("leasehold.guards"), 1);
    EXPECT_FALSE(send());
    EXPECT_EQ(effects(), 1);
}

TEST_F(CockroachDoubt, NothingComesFromAConnectionThatIsKnownToBeOver) {
    sender.open();
    const auto guard = *sender.guard();
    EXPECT_TRUE(ended(guard));
    EXPECT_TRUE(ended(guard)) << "may be asked again";
    const auto failure = send();
    ASSERT_TRUE(failure);
    EXPECT_EQ(failure->kind(), sql_failure_kind::reconnect);
    EXPECT_EQ(effects(), 0);
    EXPECT_FALSE(send()) << "over a new connection, with a row of its own";
    EXPECT_EQ(effects(), 1);
}

TEST_F(CockroachDoubt, ATransactionOfSeveralStepsIsHeldBackToo) {
    sender.open();
    EXPECT_TRUE(ended(*sender.guard()));
    try {
        run_transaction(sender, counters,
                        [](transaction& tx) { tx.run("INSERT INTO effects VALUES (1)"); });
        FAIL() << "it was committed";
    } catch (const sql_failure& failure) {
        EXPECT_EQ(failure.kind(), sql_failure_kind::reconnect) << failure.what();
    }
    EXPECT_EQ(effects(), 0);
}

TEST_F(CockroachDoubt, AnAmbiguousResultIsADoubtAndEndsTheConnection) {
    constexpr int there = 1;  // after the first, and no more after the second
    for (const auto what : {fault::ambiguous_committed, fault::ambiguous_rolled_back}) {
        sender.open();
        const auto guard = sender.guard();
        database.faults().set(what, {.probability = 1, .most = database.faults().count(what) + 1});
        const auto failure = send();
        ASSERT_TRUE(failure) << to_text(what);
        EXPECT_EQ(failure->kind(), sql_failure_kind::in_doubt);
        EXPECT_EQ(failure->sqlstate(), "40003");
        EXPECT_EQ(effects(), there);
        EXPECT_FALSE(sender.is_open()) << "its row may be taken away now";
        sender.open();
        EXPECT_NE(sender.guard(), guard);
        database.faults().clear();
    }
}

TEST_F(CockroachDoubt, ATransactionLeavesANameThatTellsOfIt) {
    const auto named = [&](bool commits) {
        std::string name;
        try {
            run_transaction(sender, counters, [&](transaction& tx) {
                name = transaction_id(tx);
                if (!commits) {
                    throw sql_failure(sql_failure_kind::refused, "", "given up");
                }
            });
        } catch (const sql_failure&) {
            EXPECT_FALSE(commits);
        }
        return name;
    };
    const auto fate = [&](const std::string& name) {
        return run_transaction(looker, counters,
                               [&](transaction& tx) { return fate_of(tx, name); });
    };
    const auto kept = named(true);
    EXPECT_EQ(fate(kept), commit_fate::committed);
    EXPECT_EQ(fate(kept), commit_fate::committed);
    const auto given_up = named(false);
    EXPECT_EQ(fate(given_up), commit_fate::rolled_back);
    EXPECT_EQ(fate(given_up), commit_fate::rolled_back);
    // It was only late, and comes now: it cannot any more.
    EXPECT_THROW(database.sql("INSERT INTO leasehold.commits (name) VALUES ('" + given_up + "')"),
                 pqxx::sql_error);
}

TEST_F(CockroachDoubt, WhatIsTooOldToBeAskedForIsTakenAway) {
    const auto name = [&] {
        return run_transaction(sender, counters,
                               [](transaction& tx) { return transaction_id(tx); });
    };
    const auto fate = [&](const std::string& of) {
        return run_transaction(looker, counters, [&](transaction& tx) { return fate_of(tx, of); });
    };
    const auto fresh = name();
    auto old = name();
    const auto age = [](const std::string& days) { return " = now() - INTERVAL '" + days + "'"; };
    database.sql("UPDATE leasehold.commits SET at" + age("49 hours") + " WHERE name = '" +
                 old.substr(0, old.find('@')) + "'");
    // Long enough for more than one turn.
    database.sql(
        "INSERT INTO leasehold.guards (id, taken_at)"
        " SELECT n, now() - INTERVAL '31 days' FROM generate_series(1, 1001) AS n");
    database.sql("INSERT INTO leasehold.guards (id, taken_at) VALUES (0, now() - INTERVAL '29 d')");
    const auto forget = [&](trace what, const std::string& from) {
        return run_transaction(looker, counters,
                               [&](transaction& tx) { return forget_traces(tx, what, from); });
    };
    EXPECT_FALSE(forget(trace::commits, traces_gone{}.last).more);
    const auto some = forget(trace::guards, traces_gone{}.last);
    EXPECT_TRUE(some.more);
    EXPECT_FALSE(forget(trace::guards, some.last).more);
    EXPECT_EQ(database.count("leasehold.guards WHERE id BETWEEN 0 AND 1001"), 1);
    EXPECT_EQ(database.count("leasehold.commits"), 1);
    EXPECT_EQ(fate(fresh), commit_fate::committed);
    // Nobody can tell any more, and nothing is put down about it.
    old.replace(old.find('@') + 1, std::string::npos, "1700000000");
    EXPECT_EQ(fate(old), commit_fate::unknown);
    EXPECT_EQ(database.count("leasehold.commits"), 1);
}

}  // namespace
}  // namespace leasehold
