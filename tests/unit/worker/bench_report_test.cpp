#include "worker/cli/bench_report.hpp"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

namespace leasehold {

namespace {

using bench::cell_result;
using bench::round_figures;

round_figures round_of(double rate) {
    return {.put_in = 1'000, .completed = 1'000, .handled = 1'000, .items_per_s = rate};
}

cell_result cell_of(const std::string& who, int workers, std::vector<round_figures> rounds) {
    return {.contender = who,
            .size = {.items = 1'000, .batch = 10, .workers = workers},
            .rounds = std::move(rounds)};
}

std::vector<cell_result> two_cells() {
    auto first = round_of(1'500);
    first.aborts = 2;
    first.wal_bytes_per_item = 512;
    auto second = round_of(12.34);
    second.aborts = 5;
    second.duplicates = 7;
    second.misses = 1'234;
    second.completed = 999;
    second.cut = true;
    return {cell_of("quick", 1, {round_of(1'200), first, round_of(9'000)}),
            cell_of("quick", 4, {second})};
}

}  // namespace

TEST(BenchReport, LongNumbersAreGrouped) {
    EXPECT_EQ(grouped_number(0), "0");
    EXPECT_EQ(grouped_number(7), "7");
    EXPECT_EQ(grouped_number(7.25), "7.2");
    EXPECT_EQ(grouped_number(99.96), "100.0");
    EXPECT_EQ(grouped_number(100.4), "100");
    EXPECT_EQ(grouped_number(999), "999");
    EXPECT_EQ(grouped_number(1'000), "1,000");
    EXPECT_EQ(grouped_number(1'234'567.8), "1,234,568");
    EXPECT_EQ(grouped_number(-123'456), "-123,456");
}

TEST(BenchReport, ATableShowsTheMiddleRoundAndSumsWhatWentWrong) {
    EXPECT_EQ(contest_table(two_cells()),
              "CONTENDER  BATCH  WORKERS  ITEMS/S  LEAST   MOST  ABORTS  DUPLICATES  MISSES  "
              "WAL/ITEM  CPU/ITEM  WORKER CPU  DONE\n"
              "quick         10        1    1,500  1,200  9,000       2           0       0  "
              "     512  -         -           100%\n"
              "quick         10        4     12.3   12.3   12.3       5           7   1,234  "
              "       -  -         -            99%\n");
}

TEST(BenchReport, TheMatrixHasAColumnForEachNumberOfWorkers) {
    EXPECT_EQ(rate_matrix(two_cells()),
              "CONTENDER  BATCH  1 WORKER  4 WORKERS\n"
              "quick         10     1,500       12.3\n");
    EXPECT_EQ(rate_matrix({cell_of("quick", 4, {round_of(1)})}), "");
}

TEST(BenchReport, AHorizonIsTheLastTenthBesideTheFirst) {
    auto one = round_of(800);
    one.first_tenth_per_s = 1'000;
    one.last_tenth_per_s = 250;
    const auto table = horizon_table({cell_of("tiring", 4, {one})});
    EXPECT_NE(table.find("  1,000         250        0.25  "), std::string::npos) << table;
    const auto cells = contest_json({cell_of("tiring", 4, {one})});
    EXPECT_DOUBLE_EQ(cells[0]["last_tenth_to_first"]["median"].get<double>(), 0.25);
}

TEST(BenchReport, JsonHasEachRoundAndNullForWhatIsNotKnown) {
    const auto cells = contest_json(two_cells());
    ASSERT_EQ(cells.size(), 2U);
    EXPECT_EQ(cells[0]["contender"], "quick");
    EXPECT_EQ(cells[0]["rounds"].size(), 3U);
    EXPECT_DOUBLE_EQ(cells[0]["items_per_s"]["most"].get<double>(), 9'000);
    EXPECT_TRUE(cells[0]["server_cpu_us_per_item"].is_null());
    EXPECT_EQ(cells[1]["duplicates"], 7);
    EXPECT_TRUE(cells[1]["rounds"][0]["cut"]);
}

TEST(BenchReport, LatenciesAreMediansOverRounds) {
    const bench::latency_result one{
        .name = "told",
        .rounds = {{.items = 9, .commit_p50 = 1, .start_p50 = 2, .start_p99 = 40},
                   {.items = 9, .commit_p50 = 3, .start_p50 = 4, .start_p99 = 60}}};
    EXPECT_EQ(latency_table({one}),
              "CONTENDER  COMMIT  START P50   P90    P99  LONGEST\n"
              "told         2.00       3.00  0.00  50.00     0.00\n");
    EXPECT_DOUBLE_EQ(latency_json({one})[0]["start_p99_ms"]["most"].get<double>(), 60);
}

}  // namespace leasehold
