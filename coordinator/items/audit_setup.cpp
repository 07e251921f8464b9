#include "items/audit_setup.hpp"

#include "base/utf8_text.hpp"
#include "items/audit_store.hpp"
#include "items/table_steps.hpp"
#include "parts/queue_store.hpp"
#include "schema/sql.hpp"
#include "sql/sql_text.hpp"

namespace leasehold {

namespace {

void ddl(transaction& tx, const statement_text& statement, const queue_info& queue, int part = 0) {
    tx.run_script(expanded(statement.in(tx.dialect()),
                           {{"queue", queue.name}, {"part", std::to_string(part)}}));
}

[[noreturn]] void refuse_half_way(const queue_info& queue) {
    const bool starting = queue.audit == "starting";
    refuse("the audit of queue " + quoted_excerpt(queue.name) + " is " + queue.audit +
           "; finish that: leasehold queue audit " + queue.name + (starting ? " --on" : " --off"));
}

/// One part a transaction: it holds one lock that writers wait for, and waits for none that a
/// writer could hold meanwhile.
template <class Step>
void for_each_part(connection& on, transaction_counters& counters, const queue_info& queue,
                   Step step) {
    for (int part = 0; part < queue.part_count; ++part) {
        run_transaction(on, counters, [&](transaction& tx) {
            ddl(tx, queue_ddl::audit_lock, queue, part);
            step(tx, part);
        });
    }
}

/// The row of the queue comes first and lets one caller through at a time.
queue_info begin_switch(transaction& tx, const std::string& name, const std::string& from,
                        const std::string& towards) {
    auto queue = require_queue(tx, name);
    if (queue.state == "growing" && towards == "starting") {
        refuse("queue " + quoted_excerpt(name) +
               " is growing; when it has its new parts, switch its audit on");
    }
    if (queue.audit == from) {
        set_audit_state(tx, name, towards);
    } else if (queue.audit == "starting" || queue.audit == "stopping") {
        if (queue.audit != towards) {
            refuse_half_way(queue);
        }
    }
    return queue;
}

}  // namespace

audit_switch switch_audit_on(connection& on, transaction_counters& counters,
                             const std::string& name) {
    require_functions(on, "the audit of a queue");
    const auto queue = run_transaction(on, counters, [&](transaction& tx) {
        auto found = begin_switch(tx, name, "off", "starting");
        if (found.audit != "on") {
            ddl(tx, queue_ddl::audit_create, found);
        }
        return found;
    });
    if (queue.audit == "on") {
        return audit_switch::stood_so;
    }
    for_each_part(on, counters, queue, [&](transaction& tx, int part) {
        if (!has_audit_triggers(tx, queue, {part})) {
            ddl(tx, queue_ddl::audit_part_on, queue, part);
        }
    });
    run_transaction(on, counters, [&](transaction& tx) { set_audit_state(tx, name, "on"); });
    return audit_switch::switched;
}

audit_switch switch_audit_off(connection& on, transaction_counters& counters,
                              const std::string& name) {
    const auto queue = run_transaction(on, counters, [&](transaction& tx) {
        return begin_switch(tx, name, "on", "stopping");
    });
    if (queue.audit == "off") {
        return audit_switch::stood_so;
    }
    for_each_part(on, counters, queue, [&](transaction& tx, int part) {
        if (has_audit_triggers(tx, queue, {part})) {
            ddl(tx, queue_ddl::audit_part_off, queue, part);
        }
    });
    run_transaction(on, counters, [&](transaction& tx) {
        ddl(tx, queue_ddl::audit_end, queue);
        set_audit_state(tx, name, "off");
    });
    return audit_switch::switched;
}

void clear_audit(connection& on, transaction_counters& counters, const std::string& name) {
    const bool was_on = switch_audit_off(on, counters, name) == audit_switch::switched;
    run_transaction(on, counters, [&](transaction& tx) {
        const auto queue = require_queue(tx, name);
        if (has_audit_table(tx, name)) {
            ddl(tx, queue_ddl::audit_clear, queue);
        }
    });
    if (was_on) {
        switch_audit_on(on, counters, name);
    }
}

void drop_audit(transaction& tx, const queue_info& queue) {
    if (queue.audit != "off") {
        ddl(tx, queue_ddl::audit_end, queue);
    }
    if (has_audit_table(tx, queue.name)) {
        ddl(tx, queue_ddl::audit_drop, queue);
    }
}

}  // namespace leasehold
