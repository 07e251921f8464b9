#include "worker/bench/meter_store.hpp"

#include <pqxx/pqxx>

namespace leasehold::bench {

std::int64_t wal_bytes(transaction& tx) {
    return tx.run("SELECT pg_wal_lsn_diff(pg_current_wal_insert_lsn(), '0/0')::int8")[0][0]
        .as<std::int64_t>();
}

std::vector<std::pair<std::string, std::string>> server_settings(transaction& tx) {
    std::vector<std::pair<std::string, std::string>> found;
    for (const auto& row : tx.run(
             "SELECT name, CASE WHEN name = 'server_version' THEN setting"
             "                  ELSE current_setting(name) END"
             "  FROM pg_settings"
             " WHERE name IN ('server_version', 'fsync', 'synchronous_commit', 'wal_level',"
             "                'full_page_writes', 'shared_buffers', 'max_wal_size', 'autovacuum',"
             "                'max_connections', 'wal_compression', 'synchronous_standby_names')"
             " ORDER BY name <> 'server_version', name")) {
        found.emplace_back(row[0].as<std::string>(), row[1].as<std::string>());
    }
    return found;
}

int connections_left(transaction& tx) {
    return tx
        .run(
            "SELECT current_setting('max_connections')::int"
            "       - CASE WHEN (SELECT rolsuper FROM pg_roles WHERE rolname = current_user) THEN 0"
            "              ELSE current_setting('superuser_reserved_connections')::int END"
            "       - (SELECT count(*) FROM pg_stat_activity"
            "           WHERE backend_type = 'client backend')::int")[0][0]
        .as<int>();
}

}  // namespace leasehold::bench
