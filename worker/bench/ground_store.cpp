#include "worker/bench/ground_store.hpp"

#include <pqxx/pqxx>

namespace leasehold::bench {

namespace {

/// By it we know the schema as ours.
constexpr auto mark = "made by leasehold bench, which drops it again";

}  // namespace

bool take_run_lock(transaction& tx) {
    return tx.run("SELECT pg_try_advisory_lock(hashtextextended('leasehold bench', 0))")[0][0]
        .as<bool>();
}

std::optional<std::string> run_lock_holder(transaction& tx) {
    const auto rows = tx.run(
        "SELECT a.pid || ', connected since ' || date_trunc('second', a.backend_start)"
        "  FROM pg_locks AS l JOIN pg_stat_activity AS a ON a.pid = l.pid"
        " WHERE l.locktype = 'advisory' AND l.granted AND a.datname = current_database()"
        "   AND l.objsubid = 1 AND (l.classid::int8 << 32) | l.objid::int8"
        "       = hashtextextended('leasehold bench', 0)");
    return rows.empty() ? std::nullopt : std::optional{rows[0][0].as<std::string>()};
}

ground_state look_at_ground(transaction& tx) {
    const auto rows = tx.run(
        "SELECT coalesce(obj_description(oid, 'pg_namespace'), '') FROM pg_namespace"
        " WHERE nspname = 'leasehold_bench'");
    if (rows.empty()) {
        return ground_state::none;
    }
    return rows[0][0].as<std::string>() == mark ? ground_state::left_behind : ground_state::foreign;
}

bool may_make_ground(transaction& tx) {
    return tx.run("SELECT has_database_privilege(current_database(), 'CREATE')")[0][0].as<bool>();
}

void make_ground(transaction& tx) {
    tx.run_script(
        "CREATE SCHEMA leasehold_bench;"
        "COMMENT ON SCHEMA leasehold_bench IS '" +
        std::string{mark} +
        "';"
        "CREATE TABLE leasehold_bench.queues (name text PRIMARY KEY)");
}

void drop_ground(transaction& tx) { tx.run_script("DROP SCHEMA leasehold_bench CASCADE"); }

void note_queue(transaction& tx, const std::string& queue) {
    tx.execute("INSERT INTO leasehold_bench.queues VALUES ($1) ON CONFLICT DO NOTHING", {queue});
}

std::vector<std::string> noted_queues(transaction& tx) {
    std::vector<std::string> names;
    for (const auto& row : tx.run("SELECT name FROM leasehold_bench.queues ORDER BY name")) {
        names.push_back(row[0].as<std::string>());
    }
    return names;
}

}  // namespace leasehold::bench
