// Large batches come by COPY; but for how long it takes, nobody can tell.

#include <leasehold/enqueue.hpp>

#include "items/enqueue_store.hpp"
#include "tests/support/database.hpp"

#include <gtest/gtest.h>
#include <pqxx/pqxx>

#include <vector>

namespace leasehold {
namespace {

struct Copy : testing::Test {
    test::postgres_database database{"COPY"};
    pqxx::connection service{database.dsn()};
    queue_info queue = database.make_queue({.name = "mail", .part_count = 4, .keyed = true});

    std::vector<new_item> batch(std::size_t count = copied_min) {
        std::vector<new_item> items(count);
        for (std::size_t i = 0; i < count; ++i) {
            items[i].payload = std::to_string(i);
        }
        return items;
    }
    std::vector<enqueued> put(const std::vector<new_item>& items) {
        pqxx::work tx{service};
        auto made = enqueue(tx, queue, items);
        tx.commit();
        return made;
    }
    std::string value(const std::string& what, const std::string& where) {
        const auto rows =
            database.sql("SELECT " + what + " FROM leasehold.items_mail WHERE " + where);
        return rows.size() == 1 ? rows[0][0].c_str() : std::to_string(rows.size()) + " rows";
    }
    /// Rows that came by COPY to the server, which counts them for each statement.
    bool was_copied(const std::vector<new_item>& items) {
        pqxx::work tx{service};
        tx.exec("CREATE TEMPORARY TABLE seen (what text)");
        tx.exec(
            "CREATE FUNCTION pg_temp.note() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN"
            " INSERT INTO seen VALUES (current_query()); RETURN NULL; END $$");
        tx.exec(
            "CREATE TRIGGER note AFTER INSERT ON leasehold.items_mail"
            " FOR EACH STATEMENT EXECUTE FUNCTION pg_temp.note()");
        enqueue(tx, queue, items);
        return tx.exec("SELECT count(*) FROM seen WHERE what LIKE 'COPY%'")[0][0].as<int>() == 1;
    }
};

TEST_F(Copy, IsForLargeBatchesOnly) {
    EXPECT_TRUE(was_copied(batch()));
    EXPECT_FALSE(was_copied(batch(copied_min - 1)));
}

TEST_F(Copy, ItemsArriveAsTheyAre) {
    auto items = batch();
    const std::string text = "{\"a\": \"\\\"\\\\\\/\\n{},NULL \\\\N ä 😀 '\",\t\"n\": 1.10}";
    items[1] = {.payload = text, .key = R"(k"\,	{}')", .priority = -3, .max_attempts = 7};
    items[2].run_at = "2030-01-01 00:00+00";
    items[3] = {.payload = "\"\\\\N\"", .key = "\\N"};
    const auto made = put(items);
    ASSERT_EQ(made.size(), items.size());
    const auto of = [&](std::size_t i) { return "id = '" + to_text(made[i].id) + "'"; };
    EXPECT_EQ(value("payload->>'a'", of(1)), "\"\\/\n{},NULL \\N ä 😀 '");
    EXPECT_EQ(value("payload->>'n'", of(1)), "1.10");
    EXPECT_EQ(value("key", of(1)), R"(k"\,	{}')");
    EXPECT_EQ(value("priority || ' ' || max_attempts || ' ' || token", of(1)), "-3 7 0");
    EXPECT_EQ(value("extract(year FROM run_at AT TIME ZONE 'UTC')", of(2)), "2030");
    EXPECT_EQ(value("key", of(3)), "\\N");
    EXPECT_EQ(value("payload->>0 || coalesce(key, '?')", of(0)), "0?");
    EXPECT_EQ(value("max_attempts", of(0)), "25");
    EXPECT_EQ(value("run_at = created_at", of(0)), "t");
    EXPECT_EQ(value("count(*)", "part <> leasehold.part_of(id, 4)"), "0");
    EXPECT_EQ(value("count(DISTINCT part)", "true"), "4");
}

TEST_F(Copy, ItemsUnderIdsOfTheCallersBeginBehindAllTokensOfBefore) {
    auto items = batch();
    items[5].id = random_item_id();
    const auto where = "id = '" + to_text(*items[5].id) + "'";
    put(items);
    const auto first = std::stoll(value("token", where));
    EXPECT_GT(first, 0);
    database.sql("DELETE FROM leasehold.items_mail");
    put(items);
    EXPECT_GT(std::stoll(value("token", where)), first);
}

TEST_F(Copy, ItemsExistExactlyWhenTheCallersRowsDo) {
    database.sql("CREATE TABLE orders (n int)");
    {
        pqxx::work tx{service};
        tx.exec("INSERT INTO orders VALUES (1)");
        enqueue(tx, queue, batch());
        tx.abort();
    }
    EXPECT_EQ(database.count("leasehold.items_mail"), 0);
    {
        pqxx::nontransaction tx{service};
        enqueue(tx, queue, batch());
    }
    EXPECT_EQ(database.count("leasehold.items_mail"), static_cast<int>(copied_min));
}

TEST_F(Copy, OneBadPayloadRefusesAllAndTheConnectionGoesOn) {
    auto items = batch();
    items[77].payload = "{";
    {
        pqxx::work tx{service};
        try {
            enqueue(tx, queue, items);
            FAIL() << "took what is no JSON";
        } catch (const pqxx::sql_error& error) {
            EXPECT_NE(std::string{error.what()}.find("line 78"), std::string::npos) << error.what();
        }
    }
    items[77].payload = "{}";
    put(items);
    EXPECT_EQ(database.count("leasehold.items_mail"), static_cast<int>(copied_min));
}

TEST_F(Copy, OfABatchThoseWithADedupeKeyAreEnqueuedOnceAllTheSame) {
    auto items = batch(copied_min + 2);
    items[0].dedupe = items[1].dedupe = "one";
    const auto made = put(items);
    EXPECT_TRUE(made[0].is_new);
    EXPECT_FALSE(made[1].is_new);
    EXPECT_EQ(database.count("leasehold.items_mail"), static_cast<int>(copied_min) + 1);
}

TEST_F(Copy, RingsOnceAtTheCommit) {
    struct bell : pqxx::notification_receiver {
        std::vector<std::string> heard;
        explicit bell(pqxx::connection_base& on) : notification_receiver(on, "leasehold_mail") {}
        void operator()(const std::string& payload, int) override { heard.push_back(payload); }
    };
    pqxx::connection listener{database.dsn()};
    bell heard{listener};
    put(batch());
    listener.await_notification(5, 0);
    EXPECT_EQ(heard.heard, std::vector<std::string>{"items *"});
}

// A service may have asked for the queue before it grew.
TEST_F(Copy, GoesByThePartsThatTheQueueHasNow) {
    auto stale = queue;
    stale.part_count = 2;
    {
        pqxx::work tx{service};
        enqueue(tx, stale, batch());
        tx.commit();
    }
    EXPECT_EQ(value("count(*)", "part <> leasehold.part_of(id, 4)"), "0");
}

// As with any INSERT: see docs/sql.md for the grants of `leasehold enqueue`.
TEST_F(Copy, NeedsNoMoreRightsThanAnInsert) {
    const std::string role = "producer_" + database.name();
    database.sql("CREATE ROLE \"" + role + "\"");
    database.sql("GRANT USAGE ON SCHEMA leasehold TO \"" + role + "\"");
    database.sql("GRANT INSERT ON leasehold.items_mail TO \"" + role + "\"");
    {
        pqxx::work tx{service};
        tx.exec("SET LOCAL ROLE \"" + role + "\"");
        enqueue(tx, queue, batch());
        tx.commit();
    }
    EXPECT_EQ(database.count("leasehold.items_mail"), static_cast<int>(copied_min));
    database.sql("DROP OWNED BY \"" + role + "\"");
    database.sql("DROP ROLE \"" + role + "\"");
}

}  // namespace
}  // namespace leasehold
