#pragma once

#include "sql/transaction.hpp"
#include "tests/support/skip.hpp"

#include <nlohmann/json.hpp>
#include <pqxx/pqxx>

#include <string>

namespace leasehold::test {

/// Runs `one`, and how the server says it did it.
inline nlohmann::json plan_of(transaction& tx, const statement& one) {
    if (tx.dialect() == sql_dialect::cockroach) {
        skip_here("plans are PostgreSQL's");
    }
    const auto rows = tx.run("EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) " + one.text, one.values);
    return nlohmann::json::parse(rows[0][0].c_str())[0]["Plan"];
}

/// How often `table` was looked through, all scans of it together.
inline double looks_at(const std::string& table, const nlohmann::json& node) {
    double sum = 0;
    if (node.value("Relation Name", "") == table && node["Node Type"] != "ModifyTable") {
        sum += node["Actual Loops"].get<double>();
    }
    for (const auto& child : node.value("Plans", nlohmann::json::array())) {
        sum += looks_at(table, child);
    }
    return sum;
}

/// How many rows of `table` were changed or deleted.
inline double rows_changed(const std::string& table, const nlohmann::json& node) {
    double sum = 0;
    if (node.value("Relation Name", "") == table && node["Node Type"] == "ModifyTable") {
        sum += node["Actual Rows"].get<double>();
    }
    for (const auto& child : node.value("Plans", nlohmann::json::array())) {
        sum += rows_changed(table, child);
    }
    return sum;
}

/// How many pages were looked at, one as often as it was.
inline int pages_of(const nlohmann::json& plan) {
    return plan["Shared Hit Blocks"].get<int>() + plan["Shared Read Blocks"].get<int>();
}

}  // namespace leasehold::test
