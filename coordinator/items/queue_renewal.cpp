#include "items/queue_renewal.hpp"

#include "items/growth_store.hpp"
#include "items/table_steps.hpp"
#include "parts/queue_store.hpp"
#include "schema/sql.hpp"

namespace leasehold {

namespace {

void renew(connection& on, transaction_counters& counters, const queue_info& queue) {
    const table_spec tables{
        .queue = queue.name, .part_count = queue.part_count, .keyed = queue.keyed};
    const auto each_part = [&](const statement_text& statement) {
        in_ddl_steps(on, counters, queue.part_count,
                     [&](transaction& tx, int part) { ddl(tx, statement, tables, part); });
    };
    const auto once = [&](const statement_text& statement) {
        run_ddl(on, counters, [&](transaction& tx) { ddl(tx, statement, tables); });
    };
    each_part(queue_ddl::leaf_renew);
    // A transaction each: of a thousand parts each takes more locks than two fit into one.
    once(queue_ddl::items_renew_checks);
    once(queue_ddl::items_renew_index);
    once(queue_ddl::items_ready_index);
    each_part(queue_ddl::leaf_renewed);
}

}  // namespace

std::vector<std::string> renew_queues(connection& on, transaction_counters& counters) {
    if (!traits_of(on.dialect()).part_tables) {
        return {};  // none is of an older form
    }
    const auto old = read_snapshot(on, [](transaction& tx) {
        std::vector<queue_info> queues;
        for (const auto& name : queues_with_old_tables(tx)) {
            queues.push_back(require_queue(tx, name));
        }
        return queues;
    });
    std::vector<std::string> renewed;
    for (const auto& queue : old) {
        renew(on, counters, queue);
        renewed.push_back(queue.name);
    }
    return renewed;
}

}  // namespace leasehold
