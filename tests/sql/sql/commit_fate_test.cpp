#include "sql/commit_fate.hpp"
#include "tests/support/database.hpp"
#include "tests/support/wait.hpp"

#include <gtest/gtest.h>
#include <pqxx/pqxx>

#include <stdexcept>
#include <string>

namespace leasehold {
namespace {

class CommitFate : public testing::Test {
protected:
    commit_fate fate(const std::string& id) {
        return read_snapshot(on, [&](transaction& tx) { return fate_of(tx, id); });
    }

    test::postgres_database db{"names of transactions"};
    connection on = db.connect();
    transaction_counters counters{};
};

TEST_F(CommitFate, WhatWasCommittedIsKnown) {
    const auto id =
        run_transaction(on, counters, [](transaction& tx) { return transaction_id(tx); });
    EXPECT_EQ(fate(id), commit_fate::committed);
}

TEST_F(CommitFate, WhatWasRolledBackIsKnown) {
    std::string id;
    EXPECT_THROW(run_transaction(on, counters,
                                 [&](transaction& tx) {
                                     id = transaction_id(tx);
                                     throw std::runtime_error("not this time");
                                 }),
                 std::runtime_error);
    EXPECT_EQ(fate(id), commit_fate::rolled_back);
}

TEST_F(CommitFate, WhatIsUnderWayIsKnown) {
    db.sql("BEGIN");
    const std::string id = db.sql("SELECT pg_current_xact_id()")[0][0].c_str();
    EXPECT_EQ(fate(id), commit_fate::running);
    db.sql("ROLLBACK");
}

// In one snapshot rows and fate agree: a commit that the rows do not show yet is under way.
TEST_F(CommitFate, ACommitAfterTheSnapshotIsStillUnderWay) {
    db.sql("CREATE TABLE effects (n int)");
    db.sql("BEGIN");
    const std::string id = db.sql("SELECT pg_current_xact_id()")[0][0].c_str();
    db.sql("INSERT INTO effects VALUES (1)");
    read_snapshot(on, [&](transaction& tx) {
        EXPECT_TRUE(tx.run("SELECT FROM effects").empty());
        db.sql("COMMIT");
        EXPECT_EQ(fate_of(tx, id), commit_fate::running);
        EXPECT_TRUE(tx.run("SELECT FROM effects").empty());
        return true;
    });
    EXPECT_EQ(fate(id), commit_fate::committed);
}

TEST_F(CommitFate, WhatThisServerNeverSawIsUnknown) {
    auto other = db.connect();
    const auto ask = [&] {
        return read_snapshot(other, [](transaction& tx) {
            return fate_of(tx, "999999999999") == commit_fate::unknown;
        });
    };
    EXPECT_TRUE(ask());
}

TEST_F(CommitFate, AConnectionThatIsStillThereIsEndedAndThenSaidToBe) {
    auto other = db.connect({.holds_guard = true});
    other.open();
    const auto guard = std::to_string(other.guard().value());
    const auto is_ended = [&] {
        return read_snapshot(on, [&](transaction& tx) { return is_connection_ended(tx, guard); });
    };
    EXPECT_FALSE(is_ended());
    EXPECT_TRUE(test::eventually(is_ended));
    EXPECT_TRUE(test::eventually([&] { return other.peer_closed(); }));
    EXPECT_TRUE(is_ended());
}

TEST_F(CommitFate, AConnectionThatClosedIsEndedWithoutMoreAdo) {
    auto other = db.connect({.holds_guard = true});
    other.open();
    const auto guard = std::to_string(other.guard().value());
    other.close();
    EXPECT_TRUE(test::eventually([&] {
        return read_snapshot(on, [&](transaction& tx) { return is_connection_ended(tx, guard); });
    }));
}

}  // namespace
}  // namespace leasehold
