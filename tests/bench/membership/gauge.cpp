#include "tests/bench/membership/gauge.hpp"

#include "schema/sql.hpp"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>
#include <regex>
#include <sstream>
#include <stdexcept>

namespace leasehold::membership {

namespace {

pid_t postmaster() {
    const char* folder = std::getenv("LEASEHOLD_PGDATA");
    pid_t found = 0;
    if (folder == nullptr || !(std::ifstream{std::string{folder} + "/postmaster.pid"} >> found)) {
        throw std::runtime_error("LEASEHOLD_PGDATA names no running server; see --help");
    }
    return found;
}

struct process_times {
    pid_t parent{0};
    std::int64_t own{0};
    std::int64_t ended_children{0};
};

process_times times_of(const std::filesystem::path& folder) {
    std::ifstream file{folder / "stat"};
    std::string line;
    std::getline(file, line);
    // The name may hold anything but ends with the last parenthesis.
    std::istringstream rest{line.substr(std::min(line.size(), line.rfind(')') + 1))};
    process_times result;
    std::string state;
    std::string skipped;
    rest >> state >> result.parent;
    for (int field = 5; field <= 13; ++field) {
        rest >> skipped;
    }
    std::int64_t user = 0;
    std::int64_t system = 0;
    std::int64_t user_ended = 0;
    std::int64_t system_ended = 0;
    rest >> user >> system >> user_ended >> system_ended;
    result.own = user + system;
    result.ended_children = user_ended + system_ended;
    return result;
}

struct named_statement {
    const char* name;
    std::string_view text;
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
            by_text.emplace(without_constants(one.text), one.name);
        }
        return by_text;
    }();
    const auto found = names.find(without_constants(text));
    return found == names.end() ? "" : found->second;
}

}  // namespace

gauge::gauge(const std::string& dsn) : session_(dsn), postmaster_(postmaster()) {
    pqxx::nontransaction tx{session_};
    tx.exec("SET application_name = 'gauge'");
    tx.exec("CREATE EXTENSION IF NOT EXISTS pg_stat_statements");
}

double gauge::cpu() const {
    const auto server = times_of("/proc/" + std::to_string(postmaster_));
    auto ticks = server.own + server.ended_children;
    for (const auto& entry : std::filesystem::directory_iterator{"/proc"}) {
        const auto name = entry.path().filename().string();
        if (name.find_first_not_of("0123456789") == std::string::npos) {
            const auto one = times_of(entry.path());
            ticks += one.parent == postmaster_ ? one.own : 0;
        }
    }
    return static_cast<double>(ticks) / static_cast<double>(sysconf(_SC_CLK_TCK));
}

reading gauge::read() {
    reading now{.at = machine_clock().now(), .cpu_s = cpu()};
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
