// Keyed queues: items of one key run in order, never two at a time.

#include "items/claim_store.hpp"
#include "items/verify_store.hpp"
#include "parts/keyspace.hpp"
#include "tests/support/seats.hpp"

#include <gtest/gtest.h>
#include <pqxx/pqxx>

#include <set>
#include <string>

namespace leasehold {
namespace {

using namespace std::chrono_literals;

struct Keyed : testing::Test {
    test::fresh_database database;
    queue_info queue = database.make_queue({.name = "jobs", .part_count = 1, .keyed = true});
    test::hand_driven seat{database, queue};

    void SetUp() override { seat.take({{0}}); }

    void put(const std::string& key, const std::string& payload) {
        seat.put({{.payload = payload, .key = key}});
    }
    std::string payloads(const std::vector<claim>& claims) {
        std::string all;
        for (const auto& one : claims) {
            all += one.held.payload;
        }
        return all;
    }
};

TEST_F(Keyed, ItemsOfOneKeyAreClaimedOneByOneInTheOrderOfTheirEnqueueing) {
    for (const char* payload : {"1", "2", "3"}) {
        put("a", payload);
    }
    std::string order;
    for (int i = 0; i < 3; ++i) {
        const auto claims = seat.claim_from({0}, 10);
        ASSERT_EQ(claims.size(), 1U);
        order += claims[0].held.payload;
        EXPECT_TRUE(seat.claim_from({0}, 10).empty()) << "a second one while the first is claimed";
        ASSERT_EQ(seat.end(claims[0]), ack_result::acknowledged);
    }
    EXPECT_EQ(order, "123");
}

TEST_F(Keyed, ABatchKeepsItsOwnOrder) {
    std::vector<new_item> batch;
    for (int i = 0; i < 50; ++i) {
        batch.push_back({.payload = std::to_string(i), .key = "a"});
    }
    seat.put(batch);
    for (int i = 0; i < 50; ++i) {
        const auto claims = seat.claim_from({0}, 1);
        ASSERT_EQ(claims.size(), 1U);
        EXPECT_EQ(claims[0].held.payload, std::to_string(i));
        ASSERT_EQ(seat.end(claims[0]), ack_result::acknowledged);
    }
}

TEST_F(Keyed, DifferentKeysAndItemsWithoutAKeyRunSideBySide) {
    put("a", "1");
    put("a", "2");
    put("b", "3");
    seat.put({{.payload = "4"}, {.payload = "5"}});
    const auto claims = seat.claim_from({0}, 10);
    const auto taken = payloads(claims);
    EXPECT_EQ(std::multiset<char>(taken.begin(), taken.end()),
              (std::multiset<char>{'1', '3', '4', '5'}));
}

// Strict order means that a failed item is waited for.
TEST_F(Keyed, ARetryKeepsItsKeyWaiting) {
    put("a", "1");
    put("a", "2");
    const auto first = seat.claim_from({0}, 1).front();
    ASSERT_EQ(seat.end(first, row_returned{.delay = 1h, .error = "later"}),
              ack_result::acknowledged);
    EXPECT_TRUE(seat.claim_from({0}, 10).empty());
    database.sql("UPDATE leasehold.items_jobs SET run_at = now() WHERE attempt = 1");
    EXPECT_EQ(payloads(seat.claim_from({0}, 10)), "1");
}

TEST_F(Keyed, ADeadItemLetsTheNextOfItsKeyRun) {
    put("a", "1");
    put("a", "2");
    const auto first = seat.claim_from({0}, 1).front();
    ASSERT_EQ(seat.end(first, row_buried{"hopeless"}), ack_result::acknowledged);
    EXPECT_EQ(payloads(seat.claim_from({0}, 10)), "2");
}

TEST_F(Keyed, AnItemFreedAfterACrashStillGoesFirst) {
    put("a", "1");
    put("a", "2");
    ASSERT_EQ(payloads(seat.claim_from({0}, 1)), "1");
    seat.transact([&](transaction& tx) { free_claims(tx, queue, seat.id(), {0}, 10, "crash"); });
    EXPECT_EQ(payloads(seat.claim_from({0}, 10)), "1");
}

TEST_F(Keyed, TheDatabaseItselfRefusesASecondClaimOfAKey) {
    database.needs_postgres("a table for each part");
    put("a", "1");
    put("a", "2");
    try {
        database.sql("UPDATE leasehold.items_jobs SET token = 1, attempt = 1, claim = '" +
                     to_text(seat.id()) + "'");
        FAIL() << "two claims of one key";
    } catch (const pqxx::unique_violation& error) {
        EXPECT_NE(std::string{error.what()}.find("key"), std::string::npos);
    }
}

// An earlier id may be committed later: order is of transactions that do not overlap, but two at a
// time there are never.
TEST_F(Keyed, AnEarlierItemThatIsCommittedLaterWaitsForTheOneThatRuns) {
    database.needs_postgres("leasehold.enqueue()");
    pqxx::connection slow{database.dsn()};
    pqxx::work tx{slow};
    tx.exec("SELECT leasehold.enqueue('jobs', '1', key => 'a')");
    put("a", "2");
    const auto running = seat.claim_from({0}, 1).front();
    EXPECT_EQ(running.held.payload, "2");
    tx.commit();
    EXPECT_TRUE(seat.claim_from({0}, 10).empty());
    ASSERT_EQ(seat.end(running), ack_result::acknowledged);
    EXPECT_EQ(payloads(seat.claim_from({0}, 10)), "1");
}

// Each look is bounded; together they reach every key.
TEST_F(Keyed, LooksGoOnWhereTheLastOneStopped) {
    constexpr int keys = 300;
    std::vector<new_item> batch;
    for (int i = 0; i < keys; ++i) {
        batch.push_back({.payload = "1", .key = "k" + std::to_string(i)});
        batch.push_back({.payload = "2", .key = "k" + std::to_string(i)});
    }
    seat.put(batch);
    std::set<std::string> claimed_keys;
    item_id from{};
    int looks = 0;
    for (bool more = true; more; ++looks) {
        const auto some = seat.some_from({0}, 1'000, from);
        for (const auto& one : some.claims) {
            EXPECT_EQ(one.held.payload, "1");
            EXPECT_TRUE(claimed_keys.insert(*one.held.key).second);
        }
        more = some.more;
        from = some.go_on_at;
    }
    EXPECT_EQ(claimed_keys.size(), static_cast<std::size_t>(keys));
    EXPECT_EQ(looks, 1) << "a thousand wanted: all keys in one look";

    // The rest is blocked: looks for one item each see some of the keys, and come round.
    looks = 0;
    from = {};
    do {
        const auto some = seat.some_from({0}, 1, from);
        EXPECT_TRUE(some.claims.empty());
        from = some.go_on_at;
        ++looks;
    } while (from != item_id{});
    EXPECT_GT(looks, 1);
    EXPECT_LE(looks, keys / 64 + 2);
}

// A look that begins in the middle has not seen what lies before it.
TEST_F(Keyed, ALookFromTheMiddleSaysThatThereMayBeMore) {
    put("a", "1");
    const auto some =
        seat.some_from({0}, 10, item_id{*uuid_from("ffffffff-ffff-4fff-bfff-ffffffffffff")});
    EXPECT_TRUE(some.claims.empty());
    EXPECT_TRUE(some.more);
    EXPECT_EQ(some.go_on_at, item_id{});
    EXPECT_EQ(payloads(seat.some_from({0}, 10, some.go_on_at).claims), "1");
}

TEST_F(Keyed, TheMostUrgentKeyComesFirst) {
    seat.put({{.payload = "1", .key = "a"}, {.payload = "2", .key = "b", .priority = -1}});
    EXPECT_EQ(payloads(seat.claim_from({0}, 1)), "2");
}

TEST_F(Keyed, AKeyedItemTakesItsIdFromItsKeyAndNothingElse) {
    database.needs_postgres("leasehold.enqueue()");
    for (const char* refused :
         {"SELECT leasehold.enqueue('jobs', '1', key => 'a', id => "
          "'11111111-1111-4111-8111-111111111111')",
          "INSERT INTO leasehold.items_jobs (part, id, payload, key) VALUES "
          "(0, '11111111-1111-4111-8111-111111111111', '1', 'a')",
          "SELECT leasehold.enqueue('jobs', '1', key => '')",
          "SELECT leasehold.enqueue('jobs', '1', key => repeat('a', 1001))"}) {
        EXPECT_THROW(database.sql(refused), pqxx::sql_error) << refused;
    }
    EXPECT_THROW(seat.put({{.payload = "1", .key = ""}}), std::invalid_argument);
    EXPECT_THROW(seat.put({{.payload = "1", .id = random_item_id(), .key = "a"}}),
                 std::invalid_argument);
}

TEST_F(Keyed, AQueueThatIsNotKeyedTakesNoKey) {
    database.needs_postgres("leasehold.enqueue()");
    const auto plain = database.make_queue("plain", 2);
    EXPECT_THROW(database.sql("SELECT leasehold.enqueue('plain', '1', key => 'a')"),
                 pqxx::sql_error);
    test::hand_driven other{database, plain};
    EXPECT_THROW(other.put({{.payload = "1", .key = "a"}}), std::invalid_argument);
}

TEST_F(Keyed, ADedupeKeyCountsWithinItsOrderingKey) {
    const auto first = seat.put({{.payload = "1", .key = "a", .dedupe = "d"}}).front();
    EXPECT_TRUE(first.is_new);
    const auto again = seat.put({{.payload = "2", .key = "a", .dedupe = "d"},
                                 {.payload = "3", .key = "b", .dedupe = "d"},
                                 {.payload = "4", .key = "b", .dedupe = "d"}});
    EXPECT_FALSE(again[0].is_new);
    EXPECT_EQ(again[0].id, first.id);
    EXPECT_TRUE(again[1].is_new);
    EXPECT_FALSE(again[2].is_new);
    EXPECT_EQ(again[2].id, again[1].id);
    const auto by_sql =
        database.sql("SELECT leasehold.enqueue('jobs', '5', key => 'a', dedupe => 'd')::text");
    EXPECT_EQ(by_sql[0][0].c_str(), to_text(first.id));
}

TEST_F(Keyed, VerifySeesAPartThatWouldLetAKeyBeClaimedTwice) {
    database.needs_postgres("a table for each part");
    const auto broken = [&] {
        std::string names;
        for (const auto& one :
             seat.transact([&](transaction& tx) { return verify_queue(tx, queue); })) {
            names += one.ok ? "" : one.name + ": " + one.detail;
        }
        return names;
    };
    put("a", "1");
    put("a", "2");
    seat.claim_from({0}, 1);
    EXPECT_EQ(broken(), "");
    database.sql("DROP INDEX leasehold.items_jobs_one_claim_per_key");
    database.sql("UPDATE leasehold.items_jobs SET token = 1, attempt = 1, claim = '" +
                 to_text(seat.id()) + "'");
    const auto seen = broken();
    EXPECT_NE(seen.find("of a key at most one item is claimed: 2 wrong"), std::string::npos)
        << seen;
    EXPECT_NE(seen.find("key a has 2 claimed items"), std::string::npos) << seen;
}

TEST_F(Keyed, CppAndSqlPutAKeyIntoTheSamePart) {
    database.needs_postgres("leasehold.enqueue()");
    const auto wide = database.make_queue({.name = "wide", .part_count = 16, .keyed = true});
    test::hand_driven other{database, wide};
    for (const char* key : {"a", "b", "\xc3\xa4", "a'b\"c\\"}) {
        const auto mine = other.put({{.payload = "1", .key = key}}).front().id;
        pqxx::connection service{database.dsn()};
        pqxx::work tx{service};
        const auto theirs = tx.exec("SELECT leasehold.enqueue('wide', '2', key => " +
                                    tx.quote(key) + ")::text")[0][0]
                                .as<std::string>();
        tx.commit();
        EXPECT_EQ(to_text(mine).substr(0, 18), theirs.substr(0, 18)) << key;
        EXPECT_LT(to_text(mine), theirs) << key;
    }
}

}  // namespace
}  // namespace leasehold
