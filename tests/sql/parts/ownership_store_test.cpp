#include "parts/ownership_store.hpp"

#include "tests/support/seats.hpp"

#include <gtest/gtest.h>
#include <pqxx/pqxx>

namespace leasehold {
namespace {

using namespace std::chrono_literals;

struct OwnershipStore : testing::Test {
    test::fresh_database database;
    queue_info queue = database.make_queue("jobs", 4);
    test::hand_driven seat{database, queue};

    std::vector<ownership_entry> list(const ownership_filter& which = {}, int count_max = 100) {
        return seat.transact(
            [&](transaction& tx) { return list_ownership(tx, "jobs", which, count_max); });
    }
    void let_go(const std::vector<part_id>& parts) {
        seat.transact(
            [&](transaction& tx) { release_leases(tx, "jobs", seat.id(), parts, "leave"); });
    }
};

TEST_F(OwnershipStore, EntriesComeOldestFirstWithAllTheirColumns) {
    EXPECT_TRUE(list().empty());
    seat.take({{2}});
    let_go({{2}});
    const auto entries = list();
    ASSERT_EQ(entries.size(), 2U);
    EXPECT_EQ(entries[0].part, part_id{2});
    EXPECT_EQ(entries[0].term, epoch{1});
    EXPECT_FALSE(entries[0].from.has_value());
    EXPECT_EQ(entries[0].to.value().id, seat.id());
    EXPECT_EQ(entries[0].to.value().name, "test");
    EXPECT_EQ(entries[0].role, "owner");
    EXPECT_EQ(entries[0].reason, "plan");
    EXPECT_EQ(entries[0].plan, 1);
    EXPECT_EQ(entries[1].from.value().id, seat.id());
    EXPECT_FALSE(entries[1].to.has_value());
    EXPECT_EQ(entries[1].reason, "leave");
    EXPECT_LE(entries[0].at, entries[1].at);
}

TEST_F(OwnershipStore, TheLastSoManyAreKept) {
    seat.take(test::parts_from(0, 3));
    let_go({{1}});
    const auto entries = list({}, 2);
    ASSERT_EQ(entries.size(), 2U);
    EXPECT_FALSE(entries[1].to.has_value());
}

TEST_F(OwnershipStore, APartOfAnotherQueueIsNotListed) {
    test::hand_driven elsewhere{database, database.make_queue("mail", 4)};
    elsewhere.take(test::parts_from(0, 3));
    EXPECT_TRUE(list().empty());
}

TEST_F(OwnershipStore, FiltersNarrowDown) {
    seat.take(test::parts_from(0, 3));
    test::hand_driven other{database, queue};
    let_go({{1}});
    other.take({{1}});
    EXPECT_EQ(list({.part = part_id{1}}).size(), 3U);
    EXPECT_EQ(list({.session = to_text(other.id())}).size(), 1U);
    EXPECT_EQ(list({.session = to_text(other.id()).substr(0, 8)}).size(), 1U);
    EXPECT_EQ(list({.session = to_text(other.id()).substr(0, 3)}).size(), 0U);
    EXPECT_EQ(list({.session = "test"}).size(), 6U);
    EXPECT_EQ(list({.session = "nobody"}).size(), 0U);
    EXPECT_EQ(list({.part = part_id{1}, .session = to_text(seat.id())}).size(), 2U);
}

TEST_F(OwnershipStore, ATimeAndAnAgeAreLowerBounds) {
    seat.take({{0}});
    database.sql("UPDATE leasehold.ownership_log SET at = at - interval '1 hour'");
    seat.take({{1}});
    EXPECT_EQ(list({.age = 10min}).size(), 1U);
    EXPECT_EQ(list({.age = 2h}).size(), 2U);
    const auto first = list().at(0).at;
    EXPECT_EQ(list({.since = first}).size(), 2U);
    EXPECT_EQ(list({.since = "2999-01-01"}).size(), 0U);
    try {
        list({.since = "yesterdayish"});
        FAIL() << "read a time that is none";
    } catch (const sql_failure& failure) {
        EXPECT_EQ(failure.sqlstate(), "22007");
    }
}

TEST_F(OwnershipStore, ANameIsKnownWhileItsSeatIsKept) {
    seat.take({{0}});
    const auto name_now = [&] {
        auto on = database.connect();
        return read_snapshot(on, [&](transaction& tx) {
            return list_ownership(tx, "jobs", {}, 10).at(0).to.value().name;
        });
    };
    EXPECT_EQ(name_now(), "test");
    let_go({{0}});
    seat.transact([&](transaction& tx) { leave_session(tx, "jobs", seat.id()); });
    EXPECT_EQ(name_now(), std::nullopt);
    database.sql(
        "INSERT INTO leasehold.vacant_seats (queue, session, name, weight) VALUES ('jobs', '" +
        to_text(seat.id()) + "', 'kept', 1)");
    EXPECT_EQ(name_now(), "kept");
}

}  // namespace
}  // namespace leasehold
