#include "items/item_tables.hpp"

#include "schema/sql.hpp"
#include "sql/sql_text.hpp"

namespace leasehold {

namespace {

std::string table_of(const queue_info& queue) { return "leasehold.items_" + queue.name; }

std::string table_of(const queue_info& queue, const std::string& part) {
    return traits_of(queue.dialect).part_tables ? table_of(queue) + "_" + part : table_of(queue);
}

}  // namespace

std::string over_all_parts(const statement_text& statement, const queue_info& queue) {
    return expanded(statement.in(queue.dialect),
                    {{"items", table_of(queue)}, {"parts", std::to_string(queue.part_count)}});
}

std::string over_part(const statement_text& statement, const queue_info& queue, part_id part) {
    const auto number = std::to_string(part.value);
    return expanded(statement.in(queue.dialect),
                    {{"items", table_of(queue, number)}, {"part", number}});
}

std::string over_each_part(const statement_text& statement, const queue_info& queue,
                           std::span<const part_id> parts) {
    std::string all;
    int place = 0;
    for (const auto part : parts) {
        const auto number = std::to_string(part.value);
        all += all.empty() ? "" : "\nUNION ALL\n";
        all += expanded(statement.in(queue.dialect), {{"items", table_of(queue, number)},
                                                      {"part", number},
                                                      {"place", std::to_string(++place)}});
    }
    return all;
}

void hold_tables(transaction& tx, const std::string& queue, table_use use) {
    if (!traits_of(tx.dialect()).part_tables) {
        return;  // then there is no such lock, and queues do not grow
    }
    const auto& statement =
        use == table_use::reading ? query::item_hold_to_read : query::item_hold_to_write;
    tx.execute(expanded(statement.in(tx.dialect()), {{"items", "leasehold.items_" + queue}}));
}

}  // namespace leasehold
