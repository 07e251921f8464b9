#include "items/growth_store.hpp"

#include "base/utf8_text.hpp"
#include "schema/sql.hpp"
#include "sql/sql_text.hpp"

#include <pqxx/pqxx>

namespace leasehold {

bool begin_only_growth(transaction& tx, const std::string& queue) {
    return tx.run(query::growth_alone, {queue})[0][0].as<bool>();
}

bool end_only_growth(transaction& tx, const std::string& queue) {
    return tx.run(query::growth_not_alone, {queue})[0][0].as<bool>();
}

growth_row lock_growth(transaction& tx, const std::string& queue) {
    const auto rows = tx.run(query::growth_state, {queue});
    if (rows.empty()) {
        refuse("queue " + quoted_excerpt(queue) + " was dropped");
    }
    const auto row = rows[0];
    return {.state = row["state"].c_str(),
            .part_count = row["part_count"].as<int>(),
            .grows_to = row["grows_to"].is_null() ? std::nullopt
                                                  : std::optional{row["grows_to"].as<int>()}};
}

void set_growth(transaction& tx, const std::string& queue, const std::string& state,
                std::optional<int> grows_to) {
    tx.run(query::growth_set,
           {queue, state, grows_to ? param{std::to_string(*grows_to)} : std::nullopt});
}

in_the_way what_is_in_the_way(transaction& tx, const std::string& queue) {
    const auto row = tx.run(query::growth_held, {queue})[0];
    return {.leases = row["leases"].as<std::int64_t>(),
            .sessions = row["sessions"].as<std::int64_t>(),
            .planned = row["planned"].as<std::int64_t>()};
}

std::optional<std::string> taken_part_name(transaction& tx, const std::string& queue, int first,
                                           int end) {
    const auto rows =
        tx.run(query::growth_taken_name, {queue, std::to_string(first), std::to_string(end)});
    return rows.empty() ? std::nullopt : std::optional<std::string>{rows[0][0].c_str()};
}

std::int64_t copy_part(transaction& tx, const std::string& queue, int part, int parts) {
    const auto from = "leasehold.items_" + queue + "_" + std::to_string(part);
    const auto statement =
        expanded(query::growth_move.in(tx.dialect()), {{"queue", queue}, {"items", from}});
    return static_cast<std::int64_t>(tx.run(statement, {std::to_string(parts)}).affected_rows());
}

void set_part_count(transaction& tx, const std::string& queue, int parts) {
    tx.run(query::growth_parts, {queue, std::to_string(parts)});
}

std::vector<std::string> parts_of_table(transaction& tx, const std::string& name) {
    std::vector<std::string> parts;
    for (const auto& row : tx.run(query::growth_leftovers, {name})) {
        parts.emplace_back(row[0].c_str());
    }
    return parts;
}

std::vector<std::string> queues_with_old_tables(transaction& tx) {
    std::vector<std::string> names;
    for (const auto& row : tx.run(query::queue_old_tables)) {
        names.emplace_back(row[0].c_str());
    }
    return names;
}

}  // namespace leasehold
