#include <leasehold/enqueue.hpp>

#include "items/enqueue_store.hpp"
#include "parts/keyspace.hpp"
#include "tests/support/seats.hpp"

#include <gtest/gtest.h>
#include <pqxx/pqxx>

#include <array>

namespace leasehold {
namespace {

struct Enqueue : testing::Test {
    test::fresh_database database;
    pqxx::connection service{database.dsn()};

    std::string refusal(const std::string& statement) {
        try {
            pqxx::work tx{service};
            tx.exec(statement);
            tx.commit();
        } catch (const pqxx::sql_error& error) {
            return error.what();
        }
        return "";
    }
};

// C++, SQL and the table's own check compute the same part, at every bound of every part.
TEST_F(Enqueue, CppAndSqlAgreeOnThePartOfEveryBound) {
    for (const int parts : {1, 2, 3, 7, 64, 1000}) {
        std::string bounds;
        for (int p = 0; p < parts; ++p) {
            bounds.append(p > 0 ? ",('" : "('").append(to_text(lowest_id({p}, parts)));
            bounds.append("'::uuid,").append(std::to_string(p)).append("),('");
            bounds.append(to_text(highest_id({p}, parts))).append("',");
            bounds.append(std::to_string(p)).append(")");
        }
        const auto wrong = database.sql("SELECT count(*) FROM (VALUES " + bounds +
                                        ") AS b (id, part) WHERE part <> "
                                        "leasehold.part_of(id, " +
                                        std::to_string(parts) + ")");
        EXPECT_EQ(wrong[0][0].as<int>(), 0) << parts;
    }
}

TEST_F(Enqueue, EveryBoundIsStoredInItsOwnLeaf) {
    database.needs_postgres("a table for each part");
    const auto queue = database.make_queue("edges", 7);
    test::hand_driven seat{database, queue};
    std::vector<new_item> items;
    for (int p = 0; p < 7; ++p) {
        items.push_back({.payload = "{}", .id = item_id{lowest_id({p}, 7)}});
        items.push_back({.payload = "{}", .id = item_id{highest_id({p}, 7)}});
    }
    // The highest ids are all f: neither versions 6 nor 7 stand in their version digit.
    EXPECT_EQ(seat.put(items).size(), 14U);
    for (int p = 0; p < 7; ++p) {
        EXPECT_EQ(database
                      .sql("SELECT count(*) FROM leasehold.items_edges_" + std::to_string(p))[0][0]
                      .as<int>(),
                  2);
    }
}

TEST_F(Enqueue, OneStatementInTheCallersOwnTransaction) {
    database.needs_postgres("leasehold.enqueue()");
    database.make_queue("mail", 4);
    {
        pqxx::work tx{service};
        tx.exec("SELECT leasehold.enqueue('mail', '{\"to\": \"a\"}')");
        tx.abort();
    }
    {
        pqxx::work tx{service};
        const auto id = tx.exec(
            "SELECT leasehold.enqueue(queue => 'mail', payload => '1', priority => 5, "
            "run_at => '2030-01-01 00:00+00', max_attempts => 3, "
            "id => 'A0EEBC99-9c0b-4ef8-bb6d-6bb9bd380a11')");
        EXPECT_STREQ(id[0][0].c_str(), "a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11");
        tx.commit();
    }
    const auto rows = database.sql(
        "SELECT priority, extract(year FROM run_at), max_attempts, part, attempt "
        "FROM leasehold.queue_mail");
    ASSERT_EQ(rows.size(), 1U);
    EXPECT_EQ(rows[0][0].as<int>(), 5);
    EXPECT_EQ(rows[0][1].as<int>(), 2030);
    EXPECT_EQ(rows[0][2].as<int>(), 3);
    EXPECT_EQ(rows[0][3].as<int>(), 2);
    EXPECT_EQ(rows[0][4].as<int>(), 0);
}

TEST_F(Enqueue, TheViewTakesInsertsAndAnswersWhatItMade) {
    database.make_queue("mail", 4);
    const auto rows = database.sql(
        "INSERT INTO leasehold.queue_mail (payload) SELECT to_jsonb(n) FROM "
        "generate_series(1, 100) AS n RETURNING id, part, max_attempts, priority, attempt");
    ASSERT_EQ(rows.size(), 100U);
    for (const auto& row : rows) {
        EXPECT_EQ(part_of(*uuid_from(row[0].c_str()), 4).value, row[1].as<int>());
        EXPECT_EQ(row[2].as<int>(), 25);
    }
}

TEST_F(Enqueue, WhatCannotBeAnItemIsRefusedByName) {
    database.needs_postgres("leasehold.enqueue()");
    database.make_queue("mail", 4);
    EXPECT_NE(refusal("SELECT leasehold.enqueue('nobody', '1')").find("no queue \"nobody\""),
              std::string::npos);
    EXPECT_NE(refusal("SELECT leasehold.enqueue('x''; DROP TABLE y', '1')").find("no queue"),
              std::string::npos);
    EXPECT_NE(refusal("SELECT leasehold.enqueue('mail', NULL)").find("needs a payload"),
              std::string::npos);
    EXPECT_NE(refusal("SELECT leasehold.enqueue('mail', "
                      "to_jsonb((SELECT string_agg(md5(n::text), '') FROM "
                      "generate_series(1, 40000) AS n)))")
                  .find("over 1048576 bytes"),
              std::string::npos);
    EXPECT_NE(refusal("SELECT leasehold.enqueue('mail', '1', id => "
                      "'0190d4c0-0000-7000-8000-000000000000')")
                  .find("an_id_does_not_begin_with_the_time"),
              std::string::npos);
    for (const char* never : {"-infinity", "infinity"}) {
        EXPECT_NE(
            refusal("SELECT leasehold.enqueue('mail', '1', run_at => '" + std::string{never} + "')")
                .find("an_item_is_due_at_some_time"),
            std::string::npos);
    }
    EXPECT_NE(refusal("INSERT INTO leasehold.items_mail (id, part, payload) VALUES "
                      "('00000000-0000-4000-8000-000000000000', 3, '1')")
                  .find("an_item_lies_in_the_part_of_its_id"),
              std::string::npos);
}

// The grants of docs/sql.md, and no others.
TEST_F(Enqueue, ARoleThatMayOnlyEnqueueCan) {
    database.needs_postgres("a table for each part");
    database.make_queue("mail", 2);
    database.make_queue({.name = "accounts", .part_count = 1, .keyed = true});
    const std::string role = "producer_" + database.name();
    database.sql("CREATE ROLE \"" + role + "\"");
    for (const std::string queue : {"mail", "accounts"}) {
        database.sql("GRANT USAGE ON SCHEMA leasehold TO \"" + role + "\"");
        database.sql("GRANT USAGE ON SEQUENCE leasehold.item_order TO \"" + role + "\"");
        database.sql("GRANT INSERT, SELECT (id) ON leasehold.queue_" + queue + " TO \"" + role +
                     "\"");
        for (const char* part : {"_0", "_1"}) {
            if (queue == "mail" || part == std::string{"_0"}) {
                database.sql("GRANT INSERT ON leasehold.items_" + queue + part + " TO \"" + role +
                             "\"");
            }
        }
    }
    database.sql("GRANT SELECT (id, part, key, dedupe) ON leasehold.items_accounts_0 TO \"" + role +
                 "\"");
    database.sql("SET ROLE \"" + role + "\"");
    database.sql("SELECT leasehold.enqueue('mail', '1')");
    database.sql("SELECT leasehold.enqueue('mail', '2', id => gen_random_uuid())");
    for (int i = 0; i < 2; ++i) {
        database.sql("SELECT leasehold.enqueue('mail', '3', dedupe => 'd')");
        database.sql("SELECT leasehold.enqueue('accounts', '4', key => 'k', dedupe => 'd')");
    }
    EXPECT_THROW(database.sql("SELECT payload FROM leasehold.queue_mail"), pqxx::sql_error);
    database.sql("RESET ROLE");
    EXPECT_EQ(database.sql("SELECT count(*) FROM leasehold.queue_mail")[0][0].as<int>(), 3);
    EXPECT_EQ(database.sql("SELECT count(*) FROM leasehold.queue_accounts")[0][0].as<int>(), 1);
    database.sql("DROP OWNED BY \"" + role + "\"");
    database.sql("DROP ROLE \"" + role + "\"");
}

TEST_F(Enqueue, ABatchIsAllOrNothingAndSaysWhichItemIsWrong) {
    const auto queue = database.make_queue("mail", 4);
    pqxx::work tx{service};
    const std::array<new_item, 2> items{new_item{.payload = "1"},
                                        new_item{.payload = "2", .max_attempts = 0}};
    try {
        enqueue(tx, queue, items);
        FAIL() << "took max_attempts 0";
    } catch (const std::invalid_argument& error) {
        EXPECT_NE(std::string{error.what()}.find("item 2 of 2"), std::string::npos);
    }
    EXPECT_TRUE(enqueue(tx, queue, {}).empty());
    tx.commit();
    EXPECT_EQ(database.sql("SELECT count(*) FROM leasehold.queue_mail")[0][0].as<int>(), 0);
}

TEST_F(Enqueue, PayloadsWithQuotesBackslashesAndUnicodeArriveAsTheyAre) {
    const auto queue = database.make_queue({.name = "mail", .part_count = 4, .keyed = true});
    const std::string payload = R"({"a": "\"\\\/\n{},NULL ä 😀 '", "n": 12345678901234567890.10})";
    std::array<new_item, 1> items{new_item{.payload = payload, .key = R"(k"\,{}')"}};
    {
        pqxx::work tx{service};
        enqueue(tx, queue, items);
        tx.commit();
    }
    const auto rows = database.sql(
        "SELECT payload = '{\"a\": \"\\\"\\\\\\/\\n{},NULL ä 😀 ''\", "
        "\"n\": 12345678901234567890.10}'::jsonb, payload->>'n', key FROM leasehold.queue_mail");
    EXPECT_STREQ(rows[0][0].c_str(), "t");
    EXPECT_STREQ(rows[0][1].c_str(), "12345678901234567890.10");
    EXPECT_STREQ(rows[0][2].c_str(), R"(k"\,{}')");
}

}  // namespace
}  // namespace leasehold
