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

[[noreturn]] void refuse(const std::string& message) {
    throw sql_failure(sql_failure_kind::refused, "", message);
}

/// What ran, compared with what this build knows.
schema_state compared(const pqxx::result& ran) {
    schema_state state;
    const auto known = migrations();
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

/// Schema or table is missing: nobody ever migrated.
bool is_missing(const sql_failure& failure) {
    return failure.sqlstate() == "42P01" || failure.sqlstate() == "3F000";
}

bool is_catalogue_race(const sql_failure& failure) {
    // Two CREATE ... IF NOT EXISTS of one name meet in a unique index of the catalogue.
    return failure.sqlstate() == "23505" || failure.sqlstate() == "42P06" ||
           failure.sqlstate() == "42P07";
}

void create_migrations_table(connection& on, transaction_counters& counters) {
    constexpr int tries_max = 20;
    for (int tries = 1;; ++tries) {
        try {
            run_transaction(on, counters,
                            [](transaction& tx) { tx.run_script(query::migrations_create); });
            return;
        } catch (const sql_failure& failure) {
            if (!is_catalogue_race(failure) || tries == tries_max) {
                throw;
            }
        }
    }
}

}  // namespace

schema_state look_at_schema(connection& on) {
    try {
        return read_snapshot(on, [](transaction& tx) {
            return compared(tx.run(query::migrations_list));
        });
    } catch (const sql_failure& failure) {
        if (!is_missing(failure)) {
            throw;
        }
        return compared({});
    }
}

std::vector<std::string> migrate(connection& on, transaction_counters& counters) {
    if (const auto state = look_at_schema(on); state.installed > state.known) {
        require_schema(on);
    }
    create_migrations_table(on, counters);
    std::vector<std::string> done;
    for (const auto& one : migrations()) {
        const bool ran = run_transaction(on, counters, [&](transaction& tx) {
            tx.run(query::migrations_lock);
            if (compared(tx.run(query::migrations_list)).installed >= one.version) {
                return false;
            }
            tx.run_script(one.text);
            tx.run(query::migration_record,
                   {std::to_string(one.version), std::string{one.name}, std::string{one.checksum}});
            return true;
        });
        if (ran) {
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
