#include "items/queue_setup.hpp"

#include "base/utf8_text.hpp"
#include "items/audit_setup.hpp"
#include "items/table_steps.hpp"
#include "parts/plan_store.hpp"
#include "parts/queue_store.hpp"
#include "schema/sql.hpp"

#include <stdexcept>

namespace leasehold {

namespace {

void check_name(const std::string& name) {
    if (const auto problem = queue_name_problem(name); !problem.empty()) {
        throw std::invalid_argument(problem);
    }
}

void check_claims(const std::string& name, bool keyed, const std::optional<std::string>& claims) {
    if (keyed && claims == to_text(claim_mode::lease)) {
        refuse("queue " + quoted_excerpt(name) +
               " is keyed: the items of a key wait for each other by the claims on their rows; "
               "claims by the lease are for queues without keys");
    }
}

void check(const queue_spec& wanted) {
    check_name(wanted.name);
    if (wanted.part_count < 1 || wanted.part_count > 1024) {
        throw std::invalid_argument("a queue cannot have " + std::to_string(wanted.part_count) +
                                    " parts: 1 to 1024");
    }
    validated(queue_policy{.max_attempts = wanted.max_attempts,
                           .retry_base = wanted.retries.base,
                           .retry_max = wanted.retries.max,
                           .strategy = wanted.strategy});
    check_claims(wanted.name, wanted.keyed, std::string{to_text(wanted.claims)});
    if (wanted.retries.base > wanted.retries.max) {
        throw std::invalid_argument("retry_base is " + std::to_string(wanted.retries.base.count()) +
                                    " ms, longer than retry_max, " +
                                    std::to_string(wanted.retries.max.count()) + " ms");
    }
}

table_spec tables_of(const queue_spec& queue) {
    return {.queue = queue.name,
            .part_count = queue.part_count,
            .keyed = queue.keyed,
            .max_attempts = queue.max_attempts};
}

/// Where all parts are in one table, a part's place of its own is for speed, and not for everybody:
/// before 23.1 a tenant of a CockroachDB that many share may not choose it.
void make_part(transaction& tx, const table_spec& tables, int part) {
    try {
        ddl(tx, queue_ddl::leaf_create, tables, part);
    } catch (const sql_failure& failure) {
        if (traits_of(tx.dialect()).part_tables || failure.sqlstate() != "0A000") {
            throw;
        }
    }
}

void make_tables(connection& on, transaction_counters& counters, const queue_spec& queue) {
    const auto tables = tables_of(queue);
    run_ddl(on, counters, [&](transaction& tx) {
        make_items_table(tx, tables);
        ddl(tx, queue_ddl::view_create, tables);
        if (traits_of(tx.dialect()).functions) {
            ddl(tx, queue_ddl::items_part_function, tables);
            ddl(tx, queue_ddl::ring_create, tables);
            ddl(tx, queue_ddl::view_trigger, tables);
        }
        insert_parts(tx, queue.name);
    });
    in_ddl_steps(on, counters, queue.part_count,
                 [&](transaction& tx, int part) { make_part(tx, tables, part); });
    run_transaction(on, counters,
                    [&](transaction& tx) { set_queue_state(tx, queue.name, "ready"); });
}

}  // namespace

queue_creation create_queue(connection& on, transaction_counters& counters,
                            const queue_spec& wanted) {
    check(wanted);
    const auto found = run_transaction(on, counters, [&](transaction& tx) {
        insert_queue(tx, wanted);
        return find_queue(tx, wanted.name);
    });
    if (!found) {
        refuse("queue " + quoted_excerpt(wanted.name) + " was dropped while it was being created");
    }
    if (found->state == "dropping") {
        refuse("queue " + quoted_excerpt(wanted.name) +
               " is being dropped; finish it: leasehold queue drop " + wanted.name + " --yes");
    }
    if (found->part_count != wanted.part_count) {
        refuse("queue " + quoted_excerpt(wanted.name) + " exists with " +
               std::to_string(found->part_count) + " parts, not " +
               std::to_string(wanted.part_count) + "; to give it more: leasehold queue parts " +
               wanted.name + " --grow 2x");
    }
    if (found->keyed != wanted.keyed) {
        refuse("queue " + quoted_excerpt(wanted.name) + " exists and is " +
               (found->keyed ? "keyed; create it with --keyed"
                             : "not keyed; a queue is keyed from its beginning or never"));
    }
    if (found->state != "creating") {
        return queue_creation::existed;
    }
    make_tables(on, counters,
                {.name = found->name,
                 .part_count = found->part_count,
                 .keyed = found->keyed,
                 .max_attempts = found->max_attempts});
    return queue_creation::created;
}

void change_queue(connection& on, transaction_counters& counters, const std::string& name,
                  const queue_policy& wanted) {
    check_name(name);
    validated(wanted);
    try {
        run_transaction(on, counters, [&](transaction& tx) {
            const auto found = require_queue(tx, name);
            check_claims(name, found.keyed, wanted.claims);
            set_queue_policy(tx, name, wanted);
            const bool divides_anew = wanted.strategy && *wanted.strategy != found.strategy;
            const bool waits_anew =
                wanted.restart_grace && *wanted.restart_grace != found.restart_grace;
            if (divides_anew || waits_anew) {
                ask_for_plan(tx, name);
            }
            if (!wanted.max_attempts || !traits_of(tx.dialect()).functions) {
                return;
            }
            // Producers wait behind whoever waits for their table.
            tx.set_where_known("SET LOCAL lock_timeout = '2s'");
            ddl(tx, queue_ddl::view_trigger,
                {.queue = name,
                 .part_count = found.part_count,
                 .keyed = found.keyed,
                 .max_attempts = *wanted.max_attempts});
        });
    } catch (const sql_failure& failure) {
        if (failure.sqlstate() != "23514") {
            throw;
        }
        refuse("queue " + quoted_excerpt(name) +
               " would let the first retry wait longer than any may (retry_base over retry_max); "
               "give both");
    }
    if (wanted.max_attempts && !traits_of(on.dialect()).functions) {
        run_ddl(on, counters, [&](transaction& tx) {
            ddl(tx, queue_ddl::items_max_attempts,
                {.queue = name, .max_attempts = *wanted.max_attempts});
        });
    }
}

void drop_queue(connection& on, transaction_counters& counters, const std::string& name) {
    check_name(name);
    const auto queue = run_transaction(on, counters, [&](transaction& tx) {
        const auto found = find_queue(tx, name);
        if (!found) {
            refuse("there is no queue " + quoted_excerpt(name) +
                   "; see them all: leasehold queue list");
        }
        if (const auto live = live_sessions(tx, name); live > 0) {
            refuse("queue " + quoted_excerpt(name) + " has " + std::to_string(live) +
                   (live == 1 ? " live session" : " live sessions") +
                   "; stop its workers first (a killed one counts until its ttl is over)");
        }
        set_queue_state(tx, name, "dropping");
        return table_spec{.queue = name, .part_count = found->part_count};
    });
    if (!traits_of(on.dialect()).part_tables) {
        run_ddl(on, counters, [&](transaction& tx) { ddl(tx, queue_ddl::items_drop, queue); });
        run_transaction(on, counters, [&](transaction& tx) { forget_queue(tx, name); });
        return;
    }
    in_ddl_steps(on, counters, queue.part_count,
                 [&](transaction& tx, int part) { ddl(tx, queue_ddl::leaf_drop, queue, part); });
    drop_tables(on, counters, "grown_" + name);
    drop_tables(on, counters, "stale_" + name);
    run_ddl(on, counters, [&](transaction& tx) {
        if (const auto found = find_queue(tx, name)) {
            drop_audit(tx, *found);
        }
        ddl(tx, queue_ddl::items_drop, queue);
        ddl(tx, queue_ddl::items_part_function_drop, queue);
        ddl(tx, queue_ddl::ring_drop, queue);
        forget_queue(tx, name);
    });
}

}  // namespace leasehold
