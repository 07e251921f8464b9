#include "items/queue_growth.hpp"

#include "base/utf8_text.hpp"
#include "items/audit_store.hpp"
#include "items/growth_store.hpp"
#include "items/table_steps.hpp"
#include "parts/queue_store.hpp"
#include "schema/sql.hpp"
#include "sql/sql_text.hpp"

#include <optional>
#include <stdexcept>
#include <thread>

namespace leasehold {

namespace {

constexpr int parts_max = 1024;

/// A transaction that waits for people's long ones: each time it gives up after some seconds and
/// lets the others by.
constexpr retry_limits patient{
    .attempts_max = 12, .first = milliseconds{500}, .longest = milliseconds{4'000}};

/// What is to become of the queue, and how far that is.
struct goal {
    table_spec before{};
    table_spec after{};
    bool is_moved{false};            ///< the new tables are in place, the old ones not all gone
    bool may_find_leftovers{false};  ///< of a growth to another number of parts, say
};

milliseconds elapsed_since(steady_time then) {
    return std::chrono::duration_cast<milliseconds>(machine_clock().now() - then);
}

void raise_generation(transaction& tx, const std::string& name) {
    tx.execute(query::generation_raise, {name});
}

[[noreturn]] void refuse_changed(const std::string& name) {
    refuse("queue " + quoted_excerpt(name) +
           " did not grow: somebody else changed it at the same time");
}

/// One call at a time: of two that make, fill and drop the same tables, one could put in place what
/// the other has emptied. A lock of the connection, so it ends with the call, however that ends.
class only_call {
public:
    only_call(connection& on, const std::string& name) : on_(on), name_(name) {
        constexpr milliseconds patience{
            5'000};  // with the server, to notice that a call was killed
        constexpr milliseconds between_looks{100};
        const auto deadline = machine_clock().now() + patience;
        while (!is_this_one()) {
            if (machine_clock().now() > deadline) {
                refuse("queue " + quoted_excerpt(name) +
                       " is being grown by another call; wait until that one has ended");
            }
            std::this_thread::sleep_for(between_looks);
        }
    }
    ~only_call() {
        try {
            if (holds()) {
                read_snapshot(on_, [&](transaction& tx) { return end_only_growth(tx, name_); });
            }
        } catch (const std::exception&) {
            on_.close();  // with the lock
        }
    }
    only_call(const only_call&) = delete;
    only_call& operator=(const only_call&) = delete;

    /// Still, or again: a connection that was lost took the lock with it.
    bool is_this_one() {
        if (!holds()) {
            const bool begun =
                read_snapshot(on_, [&](transaction& tx) { return begin_only_growth(tx, name_); });
            over_ = begun ? on_.times_opened() : 0;
        }
        return holds();
    }

private:
    bool holds() const { return on_.is_open() && over_ == on_.times_opened(); }

    connection& on_;
    const std::string name_;
    std::int64_t over_{0};  ///< which of its connections has the lock; 0: none
};

void check_audit(transaction& tx, const queue_info& queue) {
    if (queue.audit != "off" || is_in_audit(tx, queue.name)) {
        refuse("queue " + quoted_excerpt(queue.name) +
               " is audited, and the audit speaks of the parts that it has now; judge it, then: "
               "leasehold queue audit " +
               queue.name + " --off, and --clear --yes");
    }
}

void check_growth(transaction& tx, const queue_info& queue, int parts) {
    if (parts > parts_max) {
        refuse("queue " + quoted_excerpt(queue.name) + " has " + std::to_string(queue.part_count) +
               " parts and cannot grow to " + std::to_string(parts) + ": " +
               std::to_string(parts_max) + " is the most");
    }
    check_audit(tx, queue);
    if (const auto taken = taken_part_name(tx, queue.name, queue.part_count, parts)) {
        refuse("queue " + quoted_excerpt(queue.name) + " cannot grow to " + std::to_string(parts) +
               " parts: the table leasehold." + *taken + " is another queue's");
    }
}

goal begin_growth(transaction& tx, const std::string& name, int factor) {
    const auto queue = require_queue(tx, name);
    const auto found = lock_growth(tx, name);
    const table_spec now{.queue = name,
                         .part_count = found.part_count,
                         .keyed = queue.keyed,
                         .max_attempts = queue.max_attempts};
    goal wanted{.before = now, .after = now};
    wanted.after.prefix = "grown";
    if (found.is_moved()) {
        wanted.is_moved = true;
        return wanted;
    }
    wanted.after.part_count = found.part_count * factor;
    check_growth(tx, queue, wanted.after.part_count);
    wanted.may_find_leftovers = found.grows_to != wanted.after.part_count;
    set_growth(tx, name, found.state, wanted.after.part_count);
    return wanted;
}

void tell(const growth_surroundings& around, growth_progress::stage now, std::int64_t done,
          std::int64_t of) {
    if (around.told) {
        around.told({now, done, of});
    }
}

void make_new_tables(connection& on, transaction_counters& counters, const goal& wanted,
                     const growth_surroundings& around) {
    if (wanted.may_find_leftovers) {
        drop_tables(on, counters, "grown_" + wanted.after.queue);
    }
    run_ddl(on, counters, [&](transaction& tx) { make_items_table(tx, wanted.after); });
    const int count = wanted.after.part_count;
    in_ddl_steps(on, counters, count, [&](transaction& tx, int part) {
        ddl(tx, queue_ddl::leaf_create, wanted.after, part);
    });
    tell(around, growth_progress::stage::make, count, count);
}

bool is_as_wanted(const growth_row& found, const goal& wanted) {
    return found.part_count == wanted.before.part_count &&
           found.grows_to == wanted.after.part_count &&
           (found.state == "ready" || found.state == "growing");
}

/// From here on no plan gives anybody a part of this queue, and all let go.
void stop_everybody(connection& on, transaction_counters& counters, const goal& wanted) {
    run_transaction(on, counters, [&](transaction& tx) {
        if (!is_as_wanted(lock_growth(tx, wanted.after.queue), wanted)) {
            refuse_changed(wanted.after.queue);  // somebody drops it, say
        }
        set_growth(tx, wanted.after.queue, "growing", wanted.after.part_count);
        raise_generation(tx, wanted.after.queue);
    });
}

/// What became of the queue when this call failed.
enum class growth_end { moved, not_moved };

/// The queue goes on as it was, unless the new tables are in place already, or somebody drops it.
growth_end undone(connection& on, transaction_counters& counters, const goal& wanted) {
    const auto& name = wanted.after.queue;
    const auto end = run_transaction(on, counters, [&](transaction& tx) {
        if (!find_queue(tx, name)) {
            return growth_end::not_moved;
        }
        const auto found = lock_growth(tx, name);
        if (found.is_moved()) {
            return growth_end::moved;
        }
        if (is_as_wanted(found, wanted)) {
            set_growth(tx, name, "ready", found.grows_to);
            raise_generation(tx, name);
        }
        return growth_end::not_moved;
    });
    if (end == growth_end::moved) {
        return end;
    }
    drop_tables(on, counters, "grown_" + name);
    run_transaction(on, counters, [&](transaction& tx) {
        if (find_queue(tx, name) && is_as_wanted(lock_growth(tx, name), wanted)) {
            set_growth(tx, name, "ready", std::nullopt);
        }
    });
    return end;
}

/// After a failure. What cannot be undone now is finished, or undone, by the next call.
/// @return `moved` when it was none: the COMMIT that got no answer had worked
growth_end after_failure(connection& on, transaction_counters& counters, const goal& wanted,
                         only_call& alone) {
    try {
        return alone.is_this_one() ? undone(on, counters, wanted) : growth_end::not_moved;
    } catch (const sql_failure&) {
        return growth_end::not_moved;
    }
}

void wait_until_free(connection& on, const goal& wanted, const growth_surroundings& around,
                     steady_time deadline) {
    constexpr milliseconds between_looks{100};
    std::int64_t told = -1;
    while (true) {
        if (around.while_waiting) {
            around.while_waiting();
        }
        const auto held = read_snapshot(on, [&](transaction& tx) {
            return what_is_in_the_way(tx, wanted.after.queue);
        });
        if (held.is_nothing()) {
            return;
        }
        if (held.leases != told) {
            tell(around, growth_progress::stage::wait, held.leases, held.sessions);
            told = held.leases;
        }
        if (machine_clock().now() > deadline) {
            refuse("queue " + quoted_excerpt(wanted.after.queue) + " did not grow: after " +
                   std::to_string(around.patience.count() / 1000) + " s " +
                   std::to_string(held.sessions) + " sessions still held " +
                   std::to_string(held.leases) + " parts; see them: leasehold sessions " +
                   wanted.after.queue);
        }
        std::this_thread::sleep_for(between_looks);
    }
}

/// Copies the items of all parts, on a connection of its own; each part is one transaction.
/// @param tx  what keeps others out
std::int64_t copy_items(transaction& tx, connection& beside, transaction_counters& counters,
                        const goal& wanted, const growth_surroundings& around) {
    const int factor = wanted.after.part_count / wanted.before.part_count;
    std::int64_t moved = 0;
    for (int part = 0; part < wanted.before.part_count; ++part) {
        // Not for ever, when this program is stopped. (Takes no snapshot: see move_items.)
        tx.run_script("SET LOCAL idle_in_transaction_session_timeout = '10min'");
        moved += run_transaction(beside, counters, [&](transaction& copying) {
            for (int i = 0; i < factor; ++i) {
                ddl(copying, queue_ddl::growth_empty, wanted.after, part * factor + i);
            }
            return copy_part(copying, wanted.before.queue, part, wanted.after.part_count);
        });
        tell(around, growth_progress::stage::move, part + 1, wanted.before.part_count);
    }
    return moved;
}

void put_in_place(transaction& tx, const goal& wanted) {
    const auto& queue = wanted.after.queue;
    tx.run_script(expanded(queue_ddl::growth_swap.in(tx.dialect()),
                           {{"queue", queue},
                            {"parts", std::to_string(wanted.after.part_count)},
                            {"old_parts", std::to_string(wanted.before.part_count)}}));
    const auto rename = [&](const std::string& table, const std::string& from) {
        tx.run_script(expanded(queue_ddl::index_names.in(tx.dialect()),
                               {{"table", table + "_" + queue}, {"from", from}, {"to", table}}));
    };
    rename("stale", "items");
    rename("items", "grown");
    auto after = wanted.after;
    after.max_attempts = require_queue(tx, queue).max_attempts;  // may have been changed meanwhile
    ddl(tx, queue_ddl::items_part_function, after);
    ddl(tx, queue_ddl::view_create, after);
    ddl(tx, queue_ddl::view_trigger, after);
    set_part_count(tx, queue, wanted.after.part_count);
    raise_generation(tx, queue);
}

/// @return false when somebody holds a part, or may take one: a session that helps, say
/// @throws sql_failure `refused` when somebody else has changed the queue meanwhile
bool may_move(transaction& tx, const goal& wanted) {
    const auto& name = wanted.after.queue;
    const auto found = lock_growth(tx, name);
    if (found.state != "growing" || !is_as_wanted(found, wanted)) {
        refuse_changed(name);
    }
    check_audit(tx, require_queue(tx, name));  // its triggers are on the old tables
    return what_is_in_the_way(tx, name).is_nothing();
}

/// The one transaction that makes the difference.
/// @return false when it cannot be made yet
bool move_items(connection& on, connection& beside, transaction_counters& counters,
                const goal& wanted, const growth_surroundings& around, growth& made) {
    return run_transaction(
        on, counters,
        [&](transaction& tx) {
            ddl(tx, queue_ddl::growth_lock, wanted.before);
            const auto locked_at = machine_clock().now();
            // Asked beside: what this transaction sees must not be older than the copies.
            if (!run_transaction(beside, counters,
                                 [&](transaction& look) { return may_move(look, wanted); })) {
                return false;
            }
            made.moved = copy_items(tx, beside, counters, wanted, around);
            if (!may_move(tx, wanted)) {
                return false;
            }
            put_in_place(tx, wanted);
            made.nobody_adds = elapsed_since(locked_at);
            return true;
        },
        patient);
}

/// Takes the old tables away, and says so last.
void clean(connection& on, transaction_counters& counters, const std::string& name, int parts,
           const growth_surroundings& around) {
    drop_tables(on, counters, "stale_" + name);
    in_ddl_steps(on, counters, parts, [&](transaction& tx, int part) {
        tx.run_script(expanded(queue_ddl::index_names.in(tx.dialect()),
                               {{"table", "items_" + name + "_" + std::to_string(part)},
                                {"from", "grown"},
                                {"to", "items"}}));
    });
    run_transaction(on, counters, [&](transaction& tx) {
        const auto found = lock_growth(tx, name);
        if (found.is_moved()) {
            set_growth(tx, name, found.state, std::nullopt);
        }
    });
    tell(around, growth_progress::stage::clean, parts, parts);
}

}  // namespace

growth grow_queue(connection& on, connection& beside, transaction_counters& counters,
                  const std::string& name, int factor, const growth_surroundings& around) {
    if (factor < 2 || factor > 64) {
        throw std::invalid_argument("a queue grows by a factor of 2 to 64, not " +
                                    std::to_string(factor));
    }
    require_functions(on, "to give a queue more parts");
    run_transaction(on, counters, [&](transaction& tx) { require_queue(tx, name); });
    only_call alone{on, name};
    const auto wanted = run_transaction(on, counters, [&](transaction& tx) {
        return begin_growth(tx, name, factor);
    });
    growth made{.parts_before = wanted.before.part_count,
                .parts = wanted.after.part_count,
                .was_done = wanted.is_moved};
    if (!wanted.is_moved) {
        try {
            make_new_tables(on, counters, wanted, around);
            const auto stopped_at = machine_clock().now();
            stop_everybody(on, counters, wanted);
            do {
                wait_until_free(on, wanted, around, stopped_at + around.patience);
            } while (!move_items(on, beside, counters, wanted, around, made));
            made.nobody_works = elapsed_since(stopped_at);
        } catch (const std::exception&) {
            beside.close();  // it may be broken, too, and has something of this call half done
            if (after_failure(on, counters, wanted, alone) == growth_end::not_moved) {
                throw;
            }
        }
    }
    clean(on, counters, name, made.parts, around);
    return made;
}

}  // namespace leasehold
