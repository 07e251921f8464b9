#include "items/item_tables.hpp"

#include "schema/sql.hpp"
#include "sql/sql_text.hpp"

namespace leasehold {

std::string over_all_parts(std::string_view statement, const queue_info& queue) {
    return expanded(statement, {{"items", "leasehold.items_" + queue.name}});
}

std::string over_part(std::string_view statement, const queue_info& queue, part_id part) {
    const auto number = std::to_string(part.value);
    return expanded(statement,
                    {{"items", "leasehold.items_" + queue.name + "_" + number}, {"part", number}});
}

std::string over_each_part(std::string_view statement, const queue_info& queue,
                           std::span<const part_id> parts) {
    std::string all;
    int place = 0;
    for (const auto part : parts) {
        const auto number = std::to_string(part.value);
        all += all.empty() ? "" : "\nUNION ALL\n";
        all += expanded(statement, {{"items", "leasehold.items_" + queue.name + "_" + number},
                                    {"part", number},
                                    {"place", std::to_string(++place)}});
    }
    return all;
}

void hold_tables(transaction& tx, const std::string& queue, table_use use) {
    const auto statement =
        use == table_use::reading ? query::item_hold_to_read : query::item_hold_to_write;
    tx.execute(expanded(statement, {{"items", "leasehold.items_" + queue}}));
}

}  // namespace leasehold
