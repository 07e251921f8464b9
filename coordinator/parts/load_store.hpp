#pragma once

#include "sql/transaction.hpp"

#include <leasehold/ids.hpp>

#include <string>
#include <vector>

namespace leasehold {

/// What a part asks of whoever owns it, in items a second, decayed: what `balanced` weighs.
struct part_load {
    part_id part{};
    double load{0};
};

/// What is written of those of `parts` that `session` owns. A hint, for read_hint().
/// Source: schema/queries/load_read.sql
std::vector<part_load> read_loads(transaction& tx, const std::string& queue,
                                  const session_id& session, const std::vector<part_id>& parts);

/// Writes the loads of those parts that `session` owns. Source: schema/queries/load_write.sql
void write_loads(transaction& tx, const std::string& queue, const session_id& session,
                 const std::vector<part_load>& loads);

}  // namespace leasehold
