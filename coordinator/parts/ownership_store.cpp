#include "parts/ownership_store.hpp"

#include "schema/sql.hpp"

#include <pqxx/pqxx>

#include <algorithm>

namespace leasehold {

namespace {

template <class Value>
std::optional<Value> value_of(const pqxx::field& field) {
    return field.is_null() ? std::nullopt : std::optional{field.as<Value>()};
}

std::optional<logged_session> session_of(const pqxx::field& id, const pqxx::field& name) {
    if (id.is_null()) {
        return std::nullopt;
    }
    return logged_session{.id = {*uuid_from(id.c_str())}, .name = value_of<std::string>(name)};
}

}  // namespace

std::vector<ownership_entry> list_ownership(transaction& tx, const std::string& queue,
                                            const ownership_filter& which, int count_max) {
    const auto part = which.part ? param{std::to_string(which.part->value)} : std::nullopt;
    const auto age = which.age ? param{std::to_string(which.age->count())} : std::nullopt;
    const auto rows = tx.run(query::ownership_list, {queue, part, which.session, which.since, age,
                                                     std::to_string(count_max)});
    std::vector<ownership_entry> entries;
    for (const auto& row : rows) {
        entries.push_back({.at = row["at"].c_str(),
                           .part = {row["part"].as<std::int32_t>()},
                           .term = {row["epoch"].as<std::int64_t>()},
                           .from = session_of(row["from_session"], row["from_name"]),
                           .to = session_of(row["to_session"], row["to_name"]),
                           .role = row["role"].c_str(),
                           .reason = row["reason"].c_str(),
                           .plan = value_of<std::int64_t>(row["plan"])});
    }
    std::reverse(entries.begin(), entries.end());
    return entries;
}

}  // namespace leasehold
