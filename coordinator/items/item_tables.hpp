#pragma once

#include "sql/transaction.hpp"

#include <leasehold/ids.hpp>
#include <leasehold/queue.hpp>

#include <span>
#include <string>

namespace leasehold {

/// Parts that one statement looks into; it is planned once and used until the parts change.
inline constexpr std::size_t parts_a_statement = 64;

/// `statement` with {items} as the table of all items of `queue`, and {parts} as its part count.
std::string over_all_parts(const statement_text& statement, const queue_info& queue);

/// `statement` with {items} as the table of one part of `queue`. The hot statements name it instead
/// of the whole: nothing is then locked, planned or looked at outside that part. CockroachDB has
/// one table, and statements for it name the part in their conditions.
std::string over_part(const statement_text& statement, const queue_info& queue, part_id part);

/// As over_part(), once for each of `parts`, all in one statement whose rows come together. {part}
/// is the part's number.
std::string over_each_part(const statement_text& statement, const queue_info& queue,
                           std::span<const part_id> parts);

enum class table_use { reading, writing };

/// Until the end of the transaction the tables of `queue` are not replaced by those of more parts.
/// First of all statements, since it takes no snapshot: one that is older than the growth of a
/// queue shows the new tables without the items that were there before.
/// Source: schema/queries/item_hold_to_read.sql, item_hold_to_write.sql
void hold_tables(transaction& tx, const std::string& queue, table_use use);

}  // namespace leasehold
