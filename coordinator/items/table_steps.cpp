#include "items/table_steps.hpp"

#include "items/growth_store.hpp"
#include "schema/sql.hpp"
#include "sql/sql_text.hpp"

#include <algorithm>

namespace leasehold {

namespace {

/// To drop a table that refers to the leases takes a lock on those, for which all claims wait. So
/// few at a time.
constexpr int dropped_a_transaction = 8;

}  // namespace

void ddl(transaction& tx, const statement_text& statement, const table_spec& tables, int part) {
    tx.run_script(
        expanded(statement.in(tx.dialect()), {{"queue", tables.queue},
                                              {"items", tables.name()},
                                              {"parts", std::to_string(tables.part_count)},
                                              {"max_attempts", std::to_string(tables.max_attempts)},
                                              {"keyed", std::to_string(tables.keyed ? 1 : 0)},
                                              {"part", std::to_string(part)}}));
}

void in_ddl_steps(connection& on, transaction_counters& counters, int count,
                  const std::function<void(transaction&, int)>& each, int a_transaction) {
    for (int first = 0; first < count; first += a_transaction) {
        const int end = std::min(count, first + a_transaction);
        run_ddl(on, counters, [&](transaction& tx) {
            for (int number = first; number < end; ++number) {
                each(tx, number);
            }
        });
    }
}

void require_functions(connection& on, const std::string& what) {
    if (const auto& server = traits_of(on.dialect()); !server.functions) {
        const std::string name{server.name};
        refuse(what + " needs PostgreSQL, and this server is " + name +
               "; see docs/operating.md, \"" + name + "\"");
    }
}

void make_items_table(transaction& tx, const table_spec& tables) {
    ddl(tx, queue_ddl::items_create, tables);
    ddl(tx, queue_ddl::items_ready_index, tables);
    ddl(tx, queue_ddl::items_claimed_index, tables);
    if (tables.keyed) {
        ddl(tx, queue_ddl::items_one_claim_per_key, tables);
        ddl(tx, queue_ddl::items_one_dedupe_per_key, tables);
    }
}

void drop_tables(connection& on, transaction_counters& counters, const std::string& table) {
    const auto leaves =
        read_snapshot(on, [&](transaction& tx) { return parts_of_table(tx, table); });
    const auto drop = [&](transaction& tx, const std::string& name) {
        tx.run_script(expanded(queue_ddl::table_drop.in(tx.dialect()), {{"table", name}}));
    };
    in_ddl_steps(
        on, counters, static_cast<int>(leaves.size()),
        [&](transaction& tx, int i) { drop(tx, leaves[static_cast<std::size_t>(i)]); },
        dropped_a_transaction);
    run_ddl(on, counters, [&](transaction& tx) { drop(tx, table); });
}

}  // namespace leasehold
