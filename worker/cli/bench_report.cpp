#include "worker/cli/bench_report.hpp"

#include "worker/cli/text_table.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>
#include <map>
#include <numeric>
#include <optional>
#include <utility>

namespace leasehold {

namespace {

using bench::cell_result;
using bench::round_figures;
using bench::spread;
using nlohmann::ordered_json;

std::string number_text(const std::optional<spread>& of) {
    return of ? grouped_number(of->median) : "-";
}

template <class Member>
std::int64_t sum_of(const std::vector<round_figures>& rounds, Member member) {
    return std::accumulate(rounds.begin(), rounds.end(), std::int64_t{0},
                           [&](std::int64_t sum, const round_figures& one) {
                               return sum + one.*member;
                           });
}

std::string count_text(std::int64_t count) { return grouped_number(static_cast<double>(count)); }

/// How much of the items the middle round did within its time.
std::string done_text(const std::vector<round_figures>& rounds) {
    std::vector<double> shares;
    shares.reserve(rounds.size());
    for (const auto& one : rounds) {
        shares.push_back(one.put_in == 0 ? 1.0
                                         : static_cast<double>(one.completed) /
                                               static_cast<double>(one.put_in));
    }
    const double percent = 100 * bench::median(shares);
    // Never rounded up to all of them.
    return grouped_number(percent >= 10 ? std::floor(percent) : std::floor(10 * percent) / 10) +
           "%";
}

/// The last tenth's rate as a share of the first's, in the middle round.
std::optional<spread> steadiness(const std::vector<round_figures>& rounds) {
    std::vector<double> ratios;
    for (const auto& one : rounds) {
        if (one.first_tenth_per_s && one.last_tenth_per_s) {
            ratios.push_back(*one.last_tenth_per_s / *one.first_tenth_per_s);
        }
    }
    return ratios.empty() ? std::nullopt : std::optional{bench::spread_of(ratios)};
}

std::string ratio_text(const std::optional<spread>& of) {
    if (!of) {
        return "-";
    }
    std::array<char, 32> text{};
    std::snprintf(text.data(), text.size(), "%.2f", of->median);
    return text.data();
}

std::vector<std::string> first_cells(const cell_result& one) {
    return {one.contender, std::to_string(one.size.batch), std::to_string(one.size.workers)};
}

void append_costs(std::vector<std::string>& cells, const std::vector<round_figures>& rounds) {
    cells.push_back(count_text(sum_of(rounds, &round_figures::aborts)));
    cells.push_back(count_text(sum_of(rounds, &round_figures::duplicates)));
    cells.push_back(count_text(sum_of(rounds, &round_figures::misses)));
    cells.push_back(number_text(bench::spread_of(rounds, &round_figures::wal_bytes_per_item)));
    cells.push_back(number_text(bench::spread_of(rounds, &round_figures::server_cpu_us_per_item)));
    cells.push_back(number_text(bench::spread_of(rounds, &round_figures::worker_cpu_us_per_item)));
    cells.push_back(done_text(rounds));
}

ordered_json spread_json(const std::optional<spread>& of) {
    if (!of) {
        return nullptr;
    }
    return {{"median", of->median}, {"least", of->least}, {"most", of->most}};
}

ordered_json number_json(const std::optional<double>& number) {
    return number ? ordered_json(*number) : ordered_json(nullptr);
}

ordered_json round_json(const round_figures& one) {
    return {{"put_in", one.put_in},
            {"completed", one.completed},
            {"left", one.left},
            {"handled", one.handled},
            {"duplicates", one.duplicates},
            {"aborts", one.aborts},
            {"misses", one.misses},
            {"cut", one.cut},
            {"seconds", one.seconds},
            {"items_per_s", one.items_per_s},
            {"wal_bytes_per_item", number_json(one.wal_bytes_per_item)},
            {"server_cpu_us_per_item", number_json(one.server_cpu_us_per_item)},
            {"worker_cpu_us_per_item", number_json(one.worker_cpu_us_per_item)},
            {"first_tenth_per_s", number_json(one.first_tenth_per_s)},
            {"last_tenth_per_s", number_json(one.last_tenth_per_s)}};
}

std::optional<spread> latency_spread(const bench::latency_result& of,
                                     double bench::latency_round::*member) {
    std::vector<double> values;
    for (const auto& one : of.rounds) {
        values.push_back(one.*member);
    }
    return values.empty() ? std::nullopt : std::optional{bench::spread_of(values)};
}

}  // namespace

std::string grouped_number(double number) {
    const bool whole = number == std::floor(number) || std::abs(number) >= 100;
    std::array<char, 64> printed{};
    std::snprintf(printed.data(), printed.size(), whole ? "%.0f" : "%.1f", number);
    std::string text = printed.data();
    const auto digits_end = std::min(text.find('.'), text.size());
    const std::size_t sign = text.starts_with('-') ? 1 : 0;
    for (auto at = digits_end; at > sign + 3;) {
        at -= 3;
        text.insert(at, ",");
    }
    return text;
}

std::string rate_matrix(const std::vector<cell_result>& results) {
    std::vector<int> workers;
    std::vector<std::pair<std::string, int>> lines;
    std::map<std::pair<std::pair<std::string, int>, int>, std::string> rates;
    for (const auto& one : results) {
        const std::pair line{one.contender, one.size.batch};
        if (std::find(workers.begin(), workers.end(), one.size.workers) == workers.end()) {
            workers.push_back(one.size.workers);
        }
        if (std::find(lines.begin(), lines.end(), line) == lines.end()) {
            lines.push_back(line);
        }
        rates[{line, one.size.workers}] =
            number_text(bench::spread_of(one.rounds, &round_figures::items_per_s));
    }
    if (workers.size() < 2) {
        return {};
    }
    std::vector<std::string> headers{"CONTENDER", "BATCH"};
    for (const int count : workers) {
        headers.push_back(std::to_string(count) + (count == 1 ? " WORKER" : " WORKERS"));
    }
    text_table table{headers};
    for (const auto& line : lines) {
        std::vector<std::string> cells{line.first, std::to_string(line.second)};
        for (const int count : workers) {
            cells.push_back(rates[{line, count}]);
        }
        table.add(cells);
    }
    return table.text();
}

std::string contest_table(const std::vector<cell_result>& results) {
    text_table table{{"CONTENDER", "BATCH", "WORKERS", "ITEMS/S", "LEAST", "MOST", "ABORTS",
                      "DUPLICATES", "MISSES", "WAL/ITEM", "CPU/ITEM", "WORKER CPU", "DONE"}};
    for (const auto& one : results) {
        const auto rate = bench::spread_of(one.rounds, &round_figures::items_per_s);
        auto cells = first_cells(one);
        cells.push_back(number_text(rate));
        cells.push_back(rate ? grouped_number(rate->least) : "-");
        cells.push_back(rate ? grouped_number(rate->most) : "-");
        append_costs(cells, one.rounds);
        table.add(cells);
    }
    return table.text();
}

std::string horizon_table(const std::vector<cell_result>& results) {
    text_table table{{"CONTENDER", "BATCH", "WORKERS", "ITEMS/S", "FIRST TENTH", "LAST TENTH",
                      "LAST/FIRST", "ABORTS", "DUPLICATES", "MISSES", "WAL/ITEM", "CPU/ITEM",
                      "WORKER CPU", "DONE"}};
    for (const auto& one : results) {
        auto cells = first_cells(one);
        cells.push_back(number_text(bench::spread_of(one.rounds, &round_figures::items_per_s)));
        cells.push_back(
            number_text(bench::spread_of(one.rounds, &round_figures::first_tenth_per_s)));
        cells.push_back(
            number_text(bench::spread_of(one.rounds, &round_figures::last_tenth_per_s)));
        cells.push_back(ratio_text(steadiness(one.rounds)));
        append_costs(cells, one.rounds);
        table.add(cells);
    }
    return table.text();
}

std::string latency_table(const std::vector<bench::latency_result>& results) {
    using bench::latency_round;
    text_table table{{"CONTENDER", "COMMIT", "START P50", "P90", "P99", "LONGEST"}};
    for (const auto& one : results) {
        std::vector<std::string> cells{one.name};
        for (const auto member :
             {&latency_round::commit_p50, &latency_round::start_p50, &latency_round::start_p90,
              &latency_round::start_p99, &latency_round::start_longest}) {
            cells.push_back(ratio_text(latency_spread(one, member)));
        }
        table.add(cells);
    }
    return table.text();
}

ordered_json contest_json(const std::vector<cell_result>& results) {
    auto cells = ordered_json::array();
    for (const auto& one : results) {
        auto rounds = ordered_json::array();
        for (const auto& round : one.rounds) {
            rounds.push_back(round_json(round));
        }
        cells.push_back(
            {{"contender", one.contender},
             {"batch", one.size.batch},
             {"workers", one.size.workers},
             {"items", one.size.items},
             {"items_per_s",
              spread_json(bench::spread_of(one.rounds, &round_figures::items_per_s))},
             {"aborts", sum_of(one.rounds, &round_figures::aborts)},
             {"duplicates", sum_of(one.rounds, &round_figures::duplicates)},
             {"misses", sum_of(one.rounds, &round_figures::misses)},
             {"wal_bytes_per_item",
              spread_json(bench::spread_of(one.rounds, &round_figures::wal_bytes_per_item))},
             {"server_cpu_us_per_item",
              spread_json(bench::spread_of(one.rounds, &round_figures::server_cpu_us_per_item))},
             {"worker_cpu_us_per_item",
              spread_json(bench::spread_of(one.rounds, &round_figures::worker_cpu_us_per_item))},
             {"last_tenth_to_first", spread_json(steadiness(one.rounds))},
             {"rounds", rounds}});
    }
    return cells;
}

ordered_json latency_json(const std::vector<bench::latency_result>& results) {
    using bench::latency_round;
    auto cells = ordered_json::array();
    for (const auto& one : results) {
        auto rounds = ordered_json::array();
        for (const auto& round : one.rounds) {
            rounds.push_back({{"items", round.items},
                              {"duplicates", round.duplicates},
                              {"commit_p50_ms", round.commit_p50},
                              {"start_p50_ms", round.start_p50},
                              {"start_p90_ms", round.start_p90},
                              {"start_p99_ms", round.start_p99},
                              {"start_longest_ms", round.start_longest}});
        }
        const auto of = [&](double latency_round::*member) {
            return spread_json(latency_spread(one, member));
        };
        cells.push_back({{"contender", one.name},
                         {"commit_p50_ms", of(&latency_round::commit_p50)},
                         {"start_p50_ms", of(&latency_round::start_p50)},
                         {"start_p90_ms", of(&latency_round::start_p90)},
                         {"start_p99_ms", of(&latency_round::start_p99)},
                         {"start_longest_ms", of(&latency_round::start_longest)},
                         {"rounds", rounds}});
    }
    return cells;
}

}  // namespace leasehold
