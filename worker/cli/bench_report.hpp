#pragma once

#include "worker/bench/contest.hpp"
#include "worker/bench/latency.hpp"

#include <nlohmann/json_fwd.hpp>

#include <string>
#include <vector>

namespace leasehold {

/// What `leasehold bench` prints, for people and for programs. What the columns mean is in
/// docs/bench.md.

/// 1,234,567; with a decimal below 100 unless it is whole.
std::string grouped_number(double number);

/// Items a second: a row for each contender and batch, a column for each number of workers.
/// Empty unless there are several.
std::string rate_matrix(const std::vector<bench::cell_result>& results);

/// All that was measured: a row for each cell.
std::string contest_table(const std::vector<bench::cell_result>& results);

/// The same, with what became of the rate from the first tenth of the items to the last.
std::string horizon_table(const std::vector<bench::cell_result>& results);

std::string latency_table(const std::vector<bench::latency_result>& results);

/// [{contender, batch, workers, items_per_s{median, least, most}, ..., rounds[]}]
nlohmann::ordered_json contest_json(const std::vector<bench::cell_result>& results);
nlohmann::ordered_json latency_json(const std::vector<bench::latency_result>& results);

}  // namespace leasehold
