#include "sql/migrations.hpp"

#include "schema/sql.hpp"
#include "sql/sql_text.hpp"

#include <pqxx/pqxx>

#include <algorithm>

namespace leasehold {

namespace {

std::string shown(const migration& one) {
    std::string number = std::to_string(one.version);
    number.insert(0, 4 - std::min<std::size_t>(4, number.size()), '0');
    return number + " " + std::string{one.name};
}

/// What ran, compared with what this build knows.
schema_state compared(const pqxx::result& ran, sql_dialect server) {
    schema_state state;
    const auto known = migrations(server);
    state.known = known.empty() ? 0 : known.back().version;
    for (const auto& row : ran) {
        const int version = row[0].as<int>();
        state.installed = std::max(state.installed, version);
        for (const auto& one : known) {
            if (one.version == version && one.checksum != row[2].as<std::string>()) {
                refuse("migration " + shown(one) +
                       " ran on this database in another form than this build has; "
                       "use the build that made it, or restore its schema files");
            }
        }
    }
    for (const auto& one : known) {
        if (one.version > state.installed) {
            state.pending.push_back(shown(one));
        }
    }
    return state;
}

/// Those statements, one by one. Each ends with a semicolon at the end of its line.
void run_each(transaction& tx, std::string_view statements) {
    while (!statements.empty()) {
        const auto end = std::min(statements.find(";\n"), statements.size());
        tx.run_script(statements.substr(0, end));
        statements.remove_prefix(std::min(end + 2, statements.size()));
    }
}

/// @return whether it was this call that ran it
bool run_migration(connection& on, transaction_counters& counters, const migration& one) {
    const auto is_there = [&](transaction& tx) {
        return compared(tx.run(query::migrations_list), tx.dialect()).installed >= one.version;
    };
    const params record{std::to_string(one.version), std::string{one.name},
                        std::string{one.checksum}};
    if (!traits_of(on.dialect()).whole_ddl) {
        // No lock lasts over several of its statements that make tables: two may run the same
        // migration at once, each statement of which does nothing the second time.
        if (read_hint(on, is_there)) {
            return false;
        }
        run_ddl(on, counters, [&](transaction& tx) { run_each(tx, one.text); });
        return run_transaction(on, counters, [&](transaction& tx) {
            return tx.run(query::migration_record, record).affected_rows() == 1;
        });
    }
    return run_transaction(on, counters, [&](transaction& tx) {
        tx.run(query::migrations_lock);
        if (is_there(tx)) {
            return false;
        }
        tx.run_script(one.text);
        tx.run(query::migration_record, record);
        return true;
    });
}

}  // namespace

schema_state look_at_schema(connection& on) {
    try {
        return read_snapshot(on, [](transaction& tx) {
            return compared(tx.run(query::migrations_list), tx.dialect());
        });
    } catch (const sql_failure& failure) {
        if (!is_unmigrated(failure)) {
            throw;
        }
        return compared({}, on.dialect());
    }
}

std::vector<std::string> migrate(connection& on, transaction_counters& counters) {
    if (const auto state = look_at_schema(on); state.installed > state.known) {
        require_schema(on);
    }
    run_ddl(on, counters,
            [](transaction& tx) { run_each(tx, query::migrations_create.in(tx.dialect())); });
    std::vector<std::string> done;
    for (const auto& one : migrations(on.dialect())) {
        if (run_migration(on, counters, one)) {
            done.push_back(shown(one));
        }
    }
    return done;
}

void require_schema(connection& on) {
    const auto state = look_at_schema(on);
    if (state.installed == 0) {
        refuse("the database has no leasehold schema; run: leasehold migrate");
    }
    if (state.installed > state.known) {
        refuse("the database's schema is at version " + std::to_string(state.installed) +
               ", newer than this build's " + std::to_string(state.known) +
               "; use a newer build of leasehold");
    }
    if (!state.pending.empty()) {
        refuse("the database's schema is at version " + std::to_string(state.installed) + " of " +
               std::to_string(state.known) + "; run: leasehold migrate");
    }
}

}  // namespace leasehold
