#include "items/help_store.hpp"

#include "items/item_tables.hpp"
#include "schema/sql.hpp"
#include "sql/sql_text.hpp"

#include <pqxx/pqxx>

#include <algorithm>
#include <span>
#include <string>

namespace leasehold {

std::vector<part_wait> waits_in(transaction& tx, const queue_info& queue,
                                const std::vector<part_id>& parts) {
    std::vector<part_wait> waits;
    std::span<const part_id> left{parts};
    while (!left.empty()) {
        const auto asked = left.first(std::min(left.size(), parts_a_statement));
        left = left.subspan(asked.size());
        for (const auto& row : tx.run(over_each_part(query::help_due, queue, asked))) {
            waits.push_back({{row["part"].as<std::int32_t>()},
                             std::chrono::microseconds{row["waited_us"].as<std::int64_t>()}});
        }
    }
    return waits;
}

std::vector<part_id> list_wanted_help(transaction& tx, const queue_info& queue,
                                      const session_id& me, int helpers_max) {
    std::vector<part_id> parts;
    for (const auto& row :
         tx.run(query::help_list, {queue.name, to_text(me), std::to_string(helpers_max)})) {
        parts.push_back({row["part"].as<std::int32_t>()});
    }
    return parts;
}

void ask_for_help(transaction& tx, const queue_info& queue, const std::vector<part_id>& parts) {
    tx.run(query::help_ask, {queue.name, array_literal(parts)});
}

void withdraw_help(transaction& tx, const queue_info& queue, const std::vector<part_id>& parts) {
    tx.run(query::help_withdraw, {queue.name, array_literal(parts)});
}

void tell_of_help(transaction& tx, const queue_info& queue) {
    tx.run(query::help_tell, {queue.name});
}

std::optional<token> take_help(transaction& tx, const queue_info& queue, const session_id& me,
                               part_id part, int helpers_max) {
    const auto rows = tx.run(query::help_take, {queue.name, to_text(me), std::to_string(part.value),
                                                std::to_string(helpers_max)});
    if (rows.empty()) {
        return std::nullopt;
    }
    return token{rows[0]["token_base"].as<std::int64_t>()};
}

void end_help(transaction& tx, const queue_info& queue, const session_id& me,
              const std::vector<part_id>& parts) {
    tx.run(query::help_end, {queue.name, to_text(me), array_literal(parts)});
}

}  // namespace leasehold
