#include "parts/load_store.hpp"

#include "parts/lease_store.hpp"
#include "schema/sql.hpp"
#include "sql/sql_text.hpp"

#include <pqxx/pqxx>

namespace leasehold {

std::vector<part_load> read_loads(transaction& tx, const std::string& queue,
                                  const session_id& session, const std::vector<part_id>& parts) {
    std::vector<part_load> loads;
    for (const auto& row :
         tx.run(query::load_read, {queue, to_text(session), array_literal(parts)})) {
        loads.push_back({{row[0].as<std::int32_t>()}, row[1].as<double>()});
    }
    return loads;
}

void write_loads(transaction& tx, const std::string& queue, const session_id& session,
                 const std::vector<part_load>& loads) {
    std::vector<part_id> parts;
    std::vector<std::string> values;
    for (const auto& one : loads) {
        parts.push_back(one.part);
        values.push_back(std::to_string(one.load));
    }
    lock_parts(tx, queue, parts);
    tx.run(query::load_write,
           {queue, to_text(session), array_literal(parts), array_literal(values)});
}

}  // namespace leasehold
