#pragma once

#include "sql/transaction.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace leasehold {

/// How far the growth of a queue is.
struct growth_row {
    std::string state{};
    int part_count{0};
    std::optional<int> grows_to{};  ///< while it grows, and until the old tables are gone
    bool is_moved() const { return grows_to == part_count; }
};

/// Is this the only connection that grows `queue`? From now on it is, until it closes.
/// Source: schema/queries/growth_alone.sql
bool begin_only_growth(transaction& tx, const std::string& queue);

/// @return false when it was not the only one
/// Source: schema/queries/growth_not_alone.sql
bool end_only_growth(transaction& tx, const std::string& queue);

/// Others who would change it are locked out until the end of the transaction.
/// @throws sql_failure `refused` when there is no such queue
/// Source: schema/queries/growth_state.sql
growth_row lock_growth(transaction& tx, const std::string& queue);

/// @param state  "ready" or "growing"
/// Source: schema/queries/growth_set.sql
void set_growth(transaction& tx, const std::string& queue, const std::string& state,
                std::optional<int> grows_to);

/// What has to go before a queue can grow.
struct in_the_way {
    std::int64_t leases{0};
    std::int64_t sessions{0};  ///< that hold them
    std::int64_t planned{0};   ///< parts that somebody may yet take
    bool is_nothing() const { return leases == 0 && planned == 0; }
};

/// Source: schema/queries/growth_held.sql
in_the_way what_is_in_the_way(transaction& tx, const std::string& queue);

/// The table of another queue that stands where a part from `first` up to, not including, `end`
/// would have to. Source: schema/queries/growth_taken_name.sql
std::optional<std::string> taken_part_name(transaction& tx, const std::string& queue, int first,
                                           int end);

/// Copies the items of `part` into the new tables.
/// @param parts  how many the queue is to have
/// @return how many items
/// Source: schema/queries/growth_move.sql
std::int64_t copy_part(transaction& tx, const std::string& queue, int part, int parts);

/// From now on the queue has `parts` parts, and is ready. Source: schema/queries/growth_parts.sql
void set_part_count(transaction& tx, const std::string& queue, int parts);

/// The parts of the table `name`, none when there is no such table.
/// Source: schema/queries/growth_leftovers.sql
std::vector<std::string> parts_of_table(transaction& tx, const std::string& name);

/// Queues whose tables were made by an earlier version, in another form than new ones have.
/// Source: schema/queries/queue_old_tables.sql
std::vector<std::string> queues_with_old_tables(transaction& tx);

}  // namespace leasehold
