#pragma once

#include "sql/transaction.hpp"

#include <leasehold/queue.hpp>

#include <cstdint>

/// What a bench does to a queue of its own that no user does.

namespace leasehold::bench {

/// Every item goes, and every trace of it.
void empty_queue(transaction& tx, const queue_info& queue);
/// Adds so many, due now, without a ring: who waits is started otherwise.
void fill_queue(transaction& tx, const queue_info& queue, std::int64_t count, int payload_bytes);
void analyze_queue(transaction& tx, const queue_info& queue);
std::int64_t queue_left(transaction& tx, const queue_info& queue);

/// Have so many sessions all their parts, and nothing to hand on?
bool is_settled(transaction& tx, const queue_info& queue, int sessions);

}  // namespace leasehold::bench
