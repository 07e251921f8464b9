#include "tests/bench/membership/gauge.hpp"

#include "schema/sql.hpp"

#include <array>
#include <map>
#include <regex>
#include <stdexcept>

namespace leasehold::membership {

namespace {

bench::server_cpu processor() {
    const auto found = bench::postmaster_of_environment();
    if (!found) {
        throw std::runtime_error("LEASEHOLD_PGDATA names no running server; see --help");
    }
    return bench::server_cpu{*found};
}

struct named_statement {
    const char* name{};
    statement_text text{};
};

const std::array named_statements{
    named_statement{"queue_watch", query::queue_watch},
    named_statement{"session_extend", query::session_extend},
    named_statement{"lease_look", query::lease_look},
    named_statement{"lease_lock", query::lease_lock},
    named_statement{"lease_take", query::lease_take},
    named_statement{"lease_give", query::lease_give},
    named_statement{"lease_receive", query::lease_receive},
    named_statement{"session_register", query::session_register},
    named_statement{"session_joined", query::session_joined},
    named_statement{"plan_ground_queue", query::plan_ground_queue},
    named_statement{"session_list", query::session_list},
    named_statement{"plan_ground_parts", query::plan_ground_parts},
    named_statement{"plan_write_parts", query::plan_write_parts},
    named_statement{"plan_write_queue", query::plan_write_queue},
};

/// The server keeps the texts with a place-holder for each constant; here these are all alike.
std::string without_constants(std::string_view text) {
    static const std::regex constant{R"(\$\d+|'[^']*'|\b(\d+|true|false|epoch(?= FROM))\b)"};
    return std::regex_replace(std::string{text}, constant, "?");
}

std::string name_of(const std::string& text) {
    static const auto names = [] {
        std::map<std::string, std::string> by_text;
        for (const auto& one : named_statements) {
            by_text.emplace(without_constants(one.text.postgres), one.name);
        }
        return by_text;
    }();
    const auto found = names.find(without_constants(text));
    return found == names.end() ? "" : found->second;
}

}  // namespace

gauge::gauge(const std::string& dsn) : session_(dsn), processor_(processor()) {
    pqxx::nontransaction tx{session_};
    tx.exec("SET application_name = 'gauge'");
    tx.exec("CREATE EXTENSION IF NOT EXISTS pg_stat_statements");
}

reading gauge::read() {
    reading now{.at = machine_clock().now(), .cpu_s = processor_.seconds()};
    pqxx::nontransaction tx{session_};
    const auto row = tx.exec(
        "SELECT pg_wal_lsn_diff(pg_current_wal_insert_lsn(), '0/0')::int8,"
        " (SELECT xact_commit FROM pg_stat_database"
        "   WHERE datname = current_database())")[0];
    now.wal_bytes = row[0].as<std::int64_t>();
    now.transactions = row[1].as<std::int64_t>();
    for (const auto& one :
         tx.exec("SELECT query, calls, rows, shared_blks_hit + shared_blks_read, total_exec_time"
                 "  FROM pg_stat_statements WHERE userid <> 0 AND toplevel")) {
        auto& found = now.statements[name_of(one[0].c_str())];
        found.calls += one[1].as<std::int64_t>();
        found.rows += one[2].as<std::int64_t>();
        found.buffers += one[3].as<std::int64_t>();
        found.took_ms += one[4].as<double>();
    }
    return now;
}

gauge::standing gauge::look() {
    pqxx::nontransaction tx{session_};
    const auto row = tx.exec(
        "SELECT (SELECT count(*) FROM leasehold.sessions),"
        "       (SELECT count(*) FROM leasehold.parts AS p"
        "          LEFT JOIN leasehold.session_parts AS h"
        "            ON h.queue = p.queue AND h.part = p.part AND h.role = 'owner'"
        "         WHERE h.id IS DISTINCT FROM p.planned_for OR h.id IS NULL),"
        "       (SELECT unplanned_since IS NULL FROM leasehold.queues),"
        "       (SELECT plan FROM leasehold.queues),"
        "       (SELECT count(*) FROM leasehold.ownership_log)")[0];
    return {.sessions = row[0].as<int>(),
            .astray = row[1].as<int>(),
            .planned = row[2].as<bool>(),
            .plan = row[3].as<std::int64_t>(),
            .changes = row[4].as<std::int64_t>()};
}

}  // namespace leasehold::membership
