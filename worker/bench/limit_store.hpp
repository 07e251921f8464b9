#pragma once

#include "sql/transaction.hpp"

#include <cstdint>

namespace leasehold::bench {

/// The tables leasehold_bench.limit_<worker>, one for each, and leasehold_bench.limit_holder with a
/// row for each: whoever holds its row may take from its table.
void make_limit(transaction& tx, int workers);
void empty_limit(transaction& tx, int workers);

/// Adds so many items to the table of one worker.
void fill_limit(transaction& tx, int worker, std::int64_t count, int payload_bytes);
void analyze_limit(transaction& tx, int workers);
std::int64_t limit_left(transaction& tx);

}  // namespace leasehold::bench
