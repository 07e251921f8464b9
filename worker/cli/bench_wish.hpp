#pragma once

#include "worker/cli/command.hpp"

#include <optional>
#include <string>
#include <vector>

namespace leasehold {

enum class bench_kind { drain, limit, baselines, latency, enqueue, horizon };

std::string name_of(bench_kind kind);

/// What the user asked of `leasehold bench`.
struct bench_wish {
    bench_kind kind{};
    std::vector<std::string> contenders{};
    std::vector<int> workers{};
    std::vector<int> batches{};
    int items{0};  ///< a round
    int rounds{3};
    int seconds{3};  ///< of one round of one cell, at most
    int payload_bytes{100};
    int parts{64};
    int slots{4};
    int handler_ms{0};
    int rate{50};                     ///< a second
    std::optional<int> server_pid{};  ///< none: of LEASEHOLD_PGDATA
    std::string json_file{};          ///< beside the table; empty: none
    bool quiet{false};                ///< says nothing of its progress
};

/// "1,2,4" as numbers.
/// @throws std::invalid_argument naming `what`, the number and the range; or the list, when one is
///         there twice
std::vector<int> number_list(const std::string& text, const std::string& what, number_range range);

/// "a,b" as names, each among `known`.
/// @throws std::invalid_argument naming `what`, the name, and those that are known
std::vector<std::string> name_list(const std::string& text, const std::string& what,
                                   const std::vector<std::string>& known);

/// Measures, prints, and leaves nothing behind.
/// @return the exit status
int run_bench(const program_context& context, const bench_wish& wanted);

}  // namespace leasehold
