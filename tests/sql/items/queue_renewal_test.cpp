#include "items/queue_renewal.hpp"

#include "tests/support/seats.hpp"

#include <gtest/gtest.h>
#include <pqxx/pqxx>

namespace leasehold {
namespace {

struct QueueRenewal : testing::Test {
    test::postgres_database database{"a table for each part"};
    connection on = database.connect({.index_scans_only = false});
    transaction_counters counters;

    /// What the tables of a queue are, in words that do not name it.
    std::string form(const std::string& queue) {
        std::string text;
        const auto add = [&](const std::string& statement) {
            for (const auto& row : database.sql(statement)) {
                text += std::string{row[0].c_str()} + "\n";
            }
        };
        add("SELECT replace(indexdef, '" + queue +
            "', 'Q') FROM pg_indexes WHERE schemaname = 'leasehold' AND tablename LIKE 'items\\_" +
            queue + "%' ORDER BY 1");
        add("SELECT replace(conrelid::regclass || ' ' || conname || ' ' || convalidated || ' ' ||"
            "               pg_get_constraintdef(oid), '" +
            queue +
            "', 'Q') FROM pg_constraint"
            " WHERE conrelid::regclass::text LIKE 'leasehold.items\\_" +
            queue + "%' ORDER BY 1");
        add("SELECT replace(parent.relname || ' has ' || child.relname, '" + queue +
            "', 'Q') FROM pg_inherits JOIN pg_class AS parent ON parent.oid = inhparent"
            " JOIN pg_class AS child ON child.oid = inhrelid"
            " WHERE parent.relname LIKE '%\\_" +
            queue + "%' ORDER BY 1");
        return text;
    }
    /// Gives the tables of a queue the form that they had before migration 0008.
    void make_old(const queue_info& queue) {
        const auto items = "leasehold.items_" + queue.name;
        for (int part = 0; part < queue.part_count; ++part) {
            database.sql("ALTER TABLE " + items + "_" + std::to_string(part) +
                         " DROP CONSTRAINT an_item_lies_in_the_part_of_its_id");
        }
        database.sql("ALTER TABLE " + items +
                     " ADD CONSTRAINT an_item_lies_in_the_part_of_its_id CHECK"
                     " (part = ((('x' || substr(id::text, 1, 8))::bit(32)::int8) * " +
                     std::to_string(queue.part_count) +
                     ") >> 32),"
                     " DROP CONSTRAINT an_id_does_not_begin_with_the_time,"
                     " ADD CONSTRAINT an_id_does_not_begin_with_the_time"
                     " CHECK (substr(id::text, 15, 1) NOT IN ('6', '7'))");
        database.sql("DROP INDEX " + items + "_ready");
        database.sql("CREATE INDEX items_" + queue.name + "_ready ON " + items +
                     " (priority, run_at) WHERE claim IS NULL");
    }
};

TEST_F(QueueRenewal, TablesOfAnEarlierVersionBecomeAsNewOnesAndKeepTheirItems) {
    database.make_queue({.name = "fresh", .part_count = 3, .keyed = true});
    const auto queue = database.make_queue({.name = "aged", .part_count = 3, .keyed = true});
    make_old(queue);
    database.put("aged", 20);
    EXPECT_NE(form("aged"), form("fresh"));
    EXPECT_EQ(renew_queues(on, counters), std::vector<std::string>{"aged"});
    EXPECT_EQ(form("aged"), form("fresh"));
    EXPECT_EQ(database.count("leasehold.items_aged"), 20);
    EXPECT_TRUE(renew_queues(on, counters).empty());
}

TEST_F(QueueRenewal, ARenewalThatWasCutOffAnywhereIsFinishedByTheNext) {
    database.make_queue("fresh", 2);
    const auto queue = database.make_queue("aged", 2);
    // What each step of it leaves behind when nothing comes after it.
    const std::vector<std::string> steps{
        "ALTER TABLE leasehold.items_aged_0 ADD CONSTRAINT renewed CHECK"
        " (id >= leasehold.lowest_id(0, 2) AND id <= leasehold.highest_id(0, 2))",
        "CREATE INDEX ON leasehold.items_aged_0 (priority, run_at, id) WHERE claim IS NULL",
        "ALTER TABLE leasehold.items_aged DROP CONSTRAINT an_item_lies_in_the_part_of_its_id",
        "DROP INDEX leasehold.items_aged_ready",
    };
    for (std::size_t done = 0; done <= steps.size(); ++done) {
        make_old(queue);
        for (std::size_t step = 0; step < done; ++step) {
            database.sql(steps[step]);
        }
        EXPECT_EQ(renew_queues(on, counters), std::vector<std::string>{"aged"}) << done;
        EXPECT_EQ(database
                      .sql("SELECT count(*) FROM pg_indexes WHERE tablename = 'items_aged_0'"
                           " AND indexdef LIKE '%(priority, run_at, id)%'")[0][0]
                      .as<int>(),
                  1)
            << done;
        EXPECT_TRUE(renew_queues(on, counters).empty()) << done;
    }
}

// The server's table of locks, as it comes, has room for 6,400.
TEST_F(QueueRenewal, AQueueOfAThousandPartsFitsIntoTheLockTable) {
    const auto queue = database.make_queue("aged", 1'024);
    make_old(queue);
    EXPECT_EQ(renew_queues(on, counters).size(), 1U);
    EXPECT_TRUE(renew_queues(on, counters).empty());
}

TEST_F(QueueRenewal, PartsMeetWithoutGapAndOverlap) {
    for (const int parts : {1, 3, 7, 64, 1'000, 1'024}) {
        const auto n = std::to_string(parts);
        const auto rows = database.sql(
            "SELECT count(*) FILTER (WHERE leasehold.part_of(leasehold.lowest_id(p, " + n + "), " +
            n + ") <> p OR leasehold.part_of(leasehold.highest_id(p, " + n + "), " + n +
            ") <> p), min(leasehold.lowest_id(p, " + n + ")::text), max(leasehold.highest_id(p, " +
            n + ")::text), count(DISTINCT leasehold.lowest_id(p, " + n +
            ")) FROM generate_series(0, " + n + " - 1) AS p");
        EXPECT_EQ(rows[0][0].as<int>(), 0) << parts;
        EXPECT_STREQ(rows[0][1].c_str(), "00000000-0000-0000-0000-000000000000") << parts;
        EXPECT_STREQ(rows[0][2].c_str(), "ffffffff-ffff-ffff-ffff-ffffffffffff") << parts;
        EXPECT_EQ(rows[0][3].as<int>(), parts);
    }
}

}  // namespace
}  // namespace leasehold
