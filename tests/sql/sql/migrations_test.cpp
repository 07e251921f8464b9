#include "sql/migrations.hpp"

#include "schema/sql.hpp"
#include "tests/support/database.hpp"

#include <gtest/gtest.h>
#include <pqxx/pqxx>

#include <atomic>
#include <thread>
#include <vector>

namespace leasehold {
namespace {

struct Migrations : testing::Test {
    test::fresh_database database;
    connection on = database.connect();
    transaction_counters counters;

    void start_over() { database.sql("DROP SCHEMA leasehold CASCADE"); }
    std::string refusal() {
        try {
            require_schema(on);
        } catch (const sql_failure& failure) {
            return failure.what();
        }
        return "";
    }
};

TEST_F(Migrations, RunOnceAndAreThenUpToDate) {
    database.needs_postgres("a transaction for each migration");
    start_over();
    EXPECT_EQ(look_at_schema(on).pending.size(), migrations(sql_dialect::postgres).size());
    EXPECT_NE(refusal().find("run: leasehold migrate"), std::string::npos);
    EXPECT_EQ(migrate(on, counters).size(), migrations(sql_dialect::postgres).size());
    EXPECT_TRUE(look_at_schema(on).pending.empty());
    EXPECT_TRUE(migrate(on, counters).empty());
    EXPECT_EQ(refusal(), "");
}

TEST_F(Migrations, TenAtOnceRunEachOnce) {
    database.needs_postgres("a transaction for each migration");
    start_over();
    std::atomic<std::size_t> ran{0};
    {
        std::vector<std::jthread> migrators;
        for (int i = 0; i < 10; ++i) {
            migrators.emplace_back([&] {
                try {
                    auto own = database.connect();
                    transaction_counters mine;
                    ran += migrate(own, mine).size();
                } catch (const std::exception& error) {
                    ADD_FAILURE() << error.what();
                }
            });
        }
    }
    EXPECT_EQ(ran, migrations(sql_dialect::postgres).size());
    EXPECT_EQ(refusal(), "");
}

TEST_F(Migrations, AFailedOneLeavesNothingHalfDone) {
    database.needs_postgres("a transaction for each migration");
    start_over();
    database.sql("CREATE SCHEMA leasehold");
    database.sql("CREATE TABLE leasehold.dead_items (mine int)");  // in the way of the first
    EXPECT_THROW(migrate(on, counters), sql_failure);
    EXPECT_TRUE(database.sql("SELECT to_regclass('leasehold.queues')")[0][0].is_null());
    EXPECT_EQ(look_at_schema(on).installed, 0);
}

TEST_F(Migrations, ANewerSchemaIsRefused) {
    database.sql(
        "INSERT INTO leasehold.migrations (version, name, checksum) "
        "VALUES (9999, 'from_the_future', '')");
    EXPECT_NE(refusal().find("version 9999, newer than this build's"), std::string::npos);
    EXPECT_THROW(migrate(on, counters), sql_failure);
}

TEST_F(Migrations, AChangedMigrationIsRefused) {
    database.needs_postgres("the first migration");
    database.sql("UPDATE leasehold.migrations SET checksum = 'other' WHERE version = 1");
    EXPECT_NE(
        refusal().find("migration 0001 queues_sessions_parts ran on this database in another"),
        std::string::npos);
}

TEST_F(Migrations, AnOlderSchemaIsRefused) {
    database.sql("DELETE FROM leasehold.migrations WHERE version > 1");
    EXPECT_NE(refusal().find("run: leasehold migrate"), std::string::npos);
}

}  // namespace
}  // namespace leasehold
