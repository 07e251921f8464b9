#include "items/item_tables.hpp"

#include "sql/sql_text.hpp"

namespace leasehold {

std::string over_all_parts(std::string_view statement, const queue_info& queue) {
    return expanded(statement, {{"items", "leasehold.items_" + queue.name}});
}

std::string over_part(std::string_view statement, const queue_info& queue, part_id part) {
    return expanded(
        statement, {{"items", "leasehold.items_" + queue.name + "_" + std::to_string(part.value)}});
}

}  // namespace leasehold
