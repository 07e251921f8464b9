#include "items/due_store.hpp"

#include "items/item_tables.hpp"
#include "schema/sql.hpp"
#include "sql/sql_text.hpp"

#include <pqxx/pqxx>

#include <algorithm>

namespace leasehold {

namespace {

/// Places in the order of claims, as three arrays.
params place_arrays(std::span<const scan_position> behind) {
    std::vector<std::string> priorities;
    std::vector<std::string> run_ats;
    std::vector<std::string> ids;
    for (const auto& one : behind) {
        priorities.push_back(std::to_string(one.priority));
        run_ats.push_back(std::to_string(one.run_at_us));
        ids.push_back(to_text(one.id));
    }
    return {array_literal(priorities), array_literal(run_ats), array_literal(ids)};
}

void add_heads(const pqxx::result& answered, std::vector<part_head>& heads) {
    for (const auto& row : answered) {
        heads.push_back({{row["part"].as<std::int32_t>()},
                         row["priority"].as<int>(),
                         row["run_at_us"].as<std::int64_t>(),
                         {uuid_from(row["id"].c_str()).value()}});
    }
}

/// The short way for parts looked at from the top, in which nothing waits that is scheduled.
/// @return false when it does not do
bool first_are_due(transaction& tx, const queue_info& queue, std::span<const part_id> parts,
                   std::span<const scan_position> behind, std::vector<part_head>& heads) {
    if (std::any_of(behind.begin(), behind.end(),
                    [](const scan_position& one) { return one != scan_position{}; })) {
        return false;
    }
    const auto answered = tx.run(around(query::item_firsts.in(tx.dialect()),
                                        over_each_part(query::item_first, queue, parts)));
    if (!std::all_of(answered.begin(), answered.end(),
                     [](const pqxx::row& row) { return row["due"].as<bool>(); })) {
        return false;
    }
    add_heads(answered, heads);
    return true;
}

}  // namespace

std::vector<part_head> due_parts(transaction& tx, const queue_info& queue,
                                 const std::vector<part_id>& parts,
                                 std::vector<scan_position> behind) {
    std::vector<part_head> heads;
    behind.resize(parts.size());
    for (std::size_t first = 0; first < parts.size(); first += parts_a_statement) {
        const auto count = std::min(parts.size() - first, parts_a_statement);
        const auto asked = std::span{parts}.subspan(first, count);
        const auto from = std::span{behind}.subspan(first, count);
        if (!first_are_due(tx, queue, asked, from, heads)) {
            add_heads(tx.run(over_each_part(query::item_due, queue, asked), place_arrays(from)),
                      heads);
        }
    }
    return heads;
}

}  // namespace leasehold
