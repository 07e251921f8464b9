#pragma once

#include "tests/bench/ledger.hpp"

#include <cstddef>
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

namespace leasehold::bench {

/// Who divides the work.
enum class way { leasehold, skip_locked };

/// One worker process, with nothing in it that the other way of working does not have, too.
struct worker_spec {
    way how{way::leasehold};
    std::string dsn{};
    std::filesystem::path ledger{};
    int seat{0};
    int slots{1};
    std::string name{};  ///< Leasehold: stable; empty: the worker's own choice
    milliseconds ttl{10'000};
    milliseconds poll{250};
    bool notices{true};  ///< Leasehold: wakes up when told; else polls only
    bool rescue{false};  ///< SKIP LOCKED: what was claimed a ttl ago is free again
};

inline constexpr const char* queue_name = "bench";

/// The words after the program's own name that make it this worker.
std::vector<std::string> words_of(const worker_spec& spec);

/// Works until it is told to stop.
/// @return exit status
int run_worker(const worker_spec& spec);

/// What an item asks for: its number, and how long it takes.
struct job {
    std::size_t number{0};
    std::chrono::microseconds takes{0};
};

std::string payload_of(const job& one);
job job_of(const std::string& payload);

/// The handler of both ways: takes its time, and says when.
void work_off(const ledger& book, int seat, const job& one, int part);

/// Returns when this process is told to stop, or `goes_on`, asked now and then, says no.
void wait_for_end(const std::function<bool()>& goes_on);

/// A pool of threads, one a slot, that claim with SKIP LOCKED from the table bench_jobs.
int run_skip_locked(const worker_spec& spec, const ledger& book);

}  // namespace leasehold::bench
