#pragma once

#include "sql/transaction.hpp"

#include <cstdint>

namespace leasehold::bench {

/// The table leasehold_bench.jobs: what a queue in one table looks like nearly everywhere.
bool has_jobs(transaction& tx);
void make_jobs(transaction& tx);
void empty_jobs(transaction& tx);

/// Adds so many, due now.
/// @param payload_bytes  of JSON text, or as many as its number takes
void fill_jobs(transaction& tx, std::int64_t count, int payload_bytes);
void analyze_jobs(transaction& tx);

/// Nobody has ended them, whether claimed or not.
std::int64_t jobs_left(transaction& tx);

}  // namespace leasehold::bench
