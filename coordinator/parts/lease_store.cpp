#include "parts/lease_store.hpp"

#include "schema/sql.hpp"
#include "sql/sql_text.hpp"

#include <pqxx/pqxx>

namespace leasehold {

namespace {

std::vector<lease> leases_in(const pqxx::result& rows) {
    std::vector<lease> leases;
    for (const auto& row : rows) {
        leases.push_back({{row["part"].as<std::int32_t>()}, {row["epoch"].as<std::int64_t>()}});
    }
    return leases;
}

}  // namespace

std::vector<lease> take_leases(transaction& tx, const std::string& queue, const session_id& session,
                               const std::vector<part_id>& parts, const std::string& reason) {
    return leases_in(
        tx.run(query::lease_take, {queue, to_text(session), array_literal(parts), reason}));
}

std::vector<part_id> release_leases(transaction& tx, const std::string& queue,
                                    const session_id& session, const std::vector<part_id>& parts,
                                    const std::string& reason) {
    std::vector<part_id> released;
    for (const auto& row :
         tx.run(query::lease_release, {queue, to_text(session), array_literal(parts), reason})) {
        released.push_back({row["part"].as<std::int32_t>()});
    }
    return released;
}

std::vector<owned_part> list_leases(transaction& tx, const std::string& queue) {
    std::vector<owned_part> owned;
    for (const auto& row : tx.run(query::lease_list, {queue})) {
        owned.push_back({{row["part"].as<std::int32_t>()},
                         {*uuid_from(row["id"].c_str())},
                         {row["epoch"].as<std::int64_t>()}});
    }
    return owned;
}

std::vector<lease> leases_of(transaction& tx, const session_id& session) {
    return leases_in(tx.run(query::lease_held, {to_text(session)}));
}

}  // namespace leasehold
