// What the statements of every turn read must not grow with the number of sessions and parts.

#include "parts/lease_store.hpp"
#include "parts/queue_store.hpp"
#include "schema/sql.hpp"
#include "sql/sql_text.hpp"
#include "tests/support/database.hpp"

#include <nlohmann/json.hpp>

#include <gtest/gtest.h>
#include <pqxx/pqxx>

#include <string>
#include <vector>

namespace leasehold {
namespace {

/// What a statement did.
struct effort {
    double rows{0};  ///< that scans found, those that a filter then threw away included
    int pages{0};
    std::string scans{};  ///< kinds of scan that are not by an index
};

void add_scans(const nlohmann::json& node, effort& sum) {
    const auto kind = node["Node Type"].get<std::string>();
    if (kind.ends_with("Scan") && node.contains("Relation Name")) {
        const auto loops = node["Actual Loops"].get<double>();
        sum.rows +=
            loops * (node["Actual Rows"].get<double>() + node.value("Rows Removed by Filter", 0.0) +
                     node.value("Rows Removed by Index Recheck", 0.0));
        sum.scans += kind.starts_with("Index") ? "" : kind + " ";
    }
    for (const auto& child : node.value("Plans", nlohmann::json::array())) {
        add_scans(child, sum);
    }
}

constexpr int own_parts = 4;

/// So many sessions with four parts each, without anything that the statistics know of at first.
struct crowd {
    test::postgres_database database{"plans of statements"};
    connection on{database.connect()};
    transaction_counters counters;
    std::string me;

    explicit crowd(int sessions) {
        database.make_queue("jobs", 4);
        const auto n = std::to_string(sessions);
        const auto parts = std::to_string(own_parts * sessions);
        database.sql(
            "INSERT INTO leasehold.parts (queue, part) "
            "SELECT 'jobs', part FROM generate_series(4, " +
            parts + " - 1) AS part");
        database.sql(
            "INSERT INTO leasehold.sessions (id, queue, name, host, pid, version, ttl, "
            "expires_at) SELECT gen_random_uuid(), 'jobs', 'one', 'host', 1, '0', '10 s', "
            "clock_timestamp() + '1 h' FROM generate_series(1, " +
            n + ")");
        database.sql(
            "WITH seat AS (SELECT id, row_number() OVER (ORDER BY id) - 1 AS i"
            "                FROM leasehold.sessions) "
            "UPDATE leasehold.parts AS p SET planned_for = s.id FROM seat AS s "
            "WHERE p.part / " +
            std::to_string(own_parts) + " = s.i");
        database.sql(
            "INSERT INTO leasehold.session_parts (id, queue, part, epoch) "
            "SELECT planned_for, queue, part, 1 FROM leasehold.parts");
        me = database
                 .sql("SELECT id FROM leasehold.sessions ORDER BY id OFFSET " + n +
                      " / 2 LIMIT 1")[0][0]
                 .c_str();
    }

    /// @param undone  undoes the first run, for statements that do their work but once
    effort of(const statement_text& statement, const params& values, std::string_view undone = {}) {
        const auto explained =
            "EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) " + std::string{statement.postgres};
        nlohmann::json answer;
        run_transaction(on, counters, [&](transaction& tx) {
            tx.run(statement, values);  // so that the server has read its catalogues
            if (!undone.empty()) {
                tx.run(undone);
            }
            answer = nlohmann::json::parse(tx.run(explained, values)[0][0].c_str());
        });
        effort sum;
        const auto& plan = answer[0]["Plan"];
        add_scans(plan, sum);
        sum.pages = plan["Shared Hit Blocks"].get<int>() + plan["Shared Read Blocks"].get<int>();
        return sum;
    }
    effort watch() {
        return of(query::queue_watch, {"jobs", me, to_text(random_session_id()), "false"});
    }
    effort look() { return of(query::lease_look, {"jobs", me}); }
    effort heartbeat() { return of(query::session_extend, {me, std::nullopt}); }
    effort join() { return of(query::session_joined, {"jobs", me}); }
    effort take() {
        const auto given_up = "DELETE FROM leasehold.session_parts WHERE id = '" + me + "'";
        const auto parts = database.sql(given_up + " RETURNING part");
        std::vector<part_id> free;
        for (const auto& row : parts) {
            free.push_back(part_id{row[0].as<int>()});
        }
        return of(query::lease_take, {"jobs", me, array_literal(free)}, given_up);
    }
    effort lock() { return of(query::lease_lock, {"jobs", "{0,1,2,3}"}); }
};

/// Whether the server knows how many rows there are.
enum class statistics { none, fresh };

struct CostOfATurn : testing::TestWithParam<statistics> {
    crowd few{16};
    crowd many{1'000};

    CostOfATurn() {
        if (GetParam() == statistics::fresh) {
            few.database.sql("ANALYZE");
            many.database.sql("ANALYZE");
        }
    }

    /// @param rows_max  that it may read, however many there are
    void expect_alike(const effort& with_few, const effort& with_many, double rows_max) {
        EXPECT_LE(with_many.rows, rows_max);
        EXPECT_LE(with_many.rows, with_few.rows + 1) << "the first of a ring looks once more";
        EXPECT_EQ(with_many.scans, "");
        // An index of many rows is a page or two deeper at each probe.
        EXPECT_LE(with_many.pages, with_few.pages + 2 * rows_max);
        EXPECT_LE(with_many.pages, 6 * rows_max);
    }
};

TEST_P(CostOfATurn, OfAWatchDoesNotGrowWithSessionsAndParts) {
    expect_alike(few.watch(), many.watch(), 5);
}

TEST_P(CostOfATurn, OfALookGrowsWithOnesOwnPartsOnly) {
    expect_alike(few.look(), many.look(), 7 * own_parts);
}

TEST_P(CostOfATurn, OfAHeartbeatDoesNotGrow) { expect_alike(few.heartbeat(), many.heartbeat(), 1); }

TEST_P(CostOfATurn, OfAJoinDoesNotGrow) { expect_alike(few.join(), many.join(), 4); }

TEST_P(CostOfATurn, OfTakingPartsGrowsWithTheseOnly) {
    expect_alike(few.take(), many.take(), 5 * own_parts);
}

TEST_P(CostOfATurn, OfLockingPartsGrowsWithTheseOnly) {
    expect_alike(few.lock(), many.lock(), own_parts);
}

INSTANTIATE_TEST_SUITE_P(With, CostOfATurn, testing::Values(statistics::none, statistics::fresh),
                         [](const auto& each) {
                             return std::string{each.param == statistics::none ? "NoStatistics"
                                                                               : "Statistics"};
                         });

// So each probe of watches and looks reads the rows it is for: the check above can fail.
TEST(CostOfATurnItself, SeesAScanOfAll) {
    crowd some{16};
    const auto all = some.of(query::session_list, {"jobs"});
    EXPECT_EQ(all.rows, 16);
    const auto walked =
        some.of({"SELECT count(*) FROM leasehold.parts WHERE epoch > $1::int8"}, {"5"});
    EXPECT_EQ(walked.rows, 64);
    EXPECT_EQ(walked.scans, "Seq Scan ");
}

}  // namespace
}  // namespace leasehold
