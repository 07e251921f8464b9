#pragma once

#include "tests/bench/report.hpp"
#include "tests/bench/stage.hpp"

#include <filesystem>
#include <functional>
#include <random>
#include <string>
#include <string_view>
#include <vector>

namespace leasehold::bench {

/// What all scenarios go by.
struct setting {
    int rounds{3};
    std::uint64_t seed{1};
    std::filesystem::path folder{};  ///< of ledgers and logs
};

/// One way to run a scenario, once a round.
struct variant {
    std::string name{};
    std::function<void(int round)> run{};
};

/// Retries after 40001, of all rounds of one variant.
class conflict_rows {
public:
    void note(const conflict_counts& counts);
    void add_to(report& into, const std::string& scenario) const;

private:
    std::vector<double> without_help_{};
    std::vector<double> with_help_{};
    int workers_without_help_{0};  ///< of all rounds together
    int workers_with_help_{0};
};

/// Runs all variants once, then again, so that what disturbs one disturbs all. A variant that fails
/// is a failure of the report, and the others go on.
void play_rounds(const setting& how, report& into, const std::vector<variant>& variants);

/// Where a variant leaves its ledger and its workers' logs.
std::filesystem::path folder_of(const setting& how, const std::string& variant);

/// What draws the numbers of a round: the same for each variant.
std::mt19937_64 dice_of(const setting& how, int round);

/// A random (version 4) UUID whose place in the keyspace is `place`, from 0 to below 1.
item_id id_at(double place, std::mt19937_64& dice);

/// Says on standard error what was measured just now.
void tell(std::string_view what, int round, std::string_view measure, double number);

void measure_makespan(const setting& how, report& into);
void measure_latency(const setting& how, report& into);
void measure_restart(const setting& how, report& into);
void measure_kill(const setting& how, report& into);
void measure_join(const setting& how, report& into);

}  // namespace leasehold::bench
