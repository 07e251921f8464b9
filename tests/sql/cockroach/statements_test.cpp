// Each statement that CockroachDB is sent: understood by a server that looks like it, and without
// what it lacks.

#include "schema/sql.hpp"
#include "sql/batch.hpp"
#include "sql/sql_text.hpp"
#include "tests/cockroach/lacks.hpp"
#include "tests/sql/cockroach/cockroach_database.hpp"

#include <gtest/gtest.h>

#include <set>
#include <string>

namespace leasehold {
namespace {

/// Those that are never sent to CockroachDB: audits and growth are PostgreSQL's alone, and so is
/// what makes a part a table, copies into it and locks it.
bool is_of_postgres_alone(std::string_view name) {
    static const std::set<std::string_view> alone{
        "audit_close",        "audit_coverage",      "audit_exists",
        "audit_fetch",        "audit_has_rows",      "audit_open",
        "audit_part_state",   "growth_alone",        "growth_given_up",
        "growth_held",        "growth_leftovers",    "growth_move",
        "growth_not_alone",   "growth_parts",        "growth_set",
        "growth_state",       "growth_taken_name",   "queue_set_audit",
        "item_copy_ground",   "item_hold_to_read",   "item_hold_to_write",
        "migrations_lock",    "queue_old_tables",    "audit_clear",
        "audit_create",       "audit_drop",          "audit_end",
        "audit_lock",         "audit_part_off",      "audit_part_on",
        "growth_empty",       "growth_lock",         "growth_swap",
        "index_names",        "items_part_function", "items_part_function_drop",
        "items_renew_checks", "items_renew_index",   "leaf_drop",
        "leaf_renew",         "leaf_renewed",        "ring_create",
        "ring_drop",          "table_drop",          "view_trigger"};
    return alone.contains(name);
}

std::string filled(const named_statement& one, const std::string& items) {
    return expanded(one.text->in(sql_dialect::cockroach), {{"items", items},
                                                           {"queue", "jobs"},
                                                           {"parts", "8"},
                                                           {"max_attempts", "25"},
                                                           {"keyed", "1"},
                                                           {"place", "1"},
                                                           {"part", "3"}});
}

TEST(CockroachStatements, NoneUsesWhatTheServerLacks) {
    const test::cockroach_release oldest{22, 1};
    for (const auto& one : all_statements()) {
        if (!is_of_postgres_alone(one.name)) {
            const auto refusal = test::cockroach_lacks(filled(one, "leasehold.items_jobs"), oldest);
            EXPECT_FALSE(refusal) << one.name << ": " << refusal->sqlstate << " " << refusal->what;
        }
    }
    for (const auto& one : migrations(sql_dialect::cockroach)) {
        const auto refusal = test::cockroach_lacks(one.text, oldest);
        EXPECT_FALSE(refusal) << one.name << ": " << refusal->what;
    }
}

TEST(CockroachStatements, ThoseOfPostgresAloneAreNoMore) {
    // A name on that list that CockroachDB could be asked hides a statement from the tests here.
    for (const auto& one : all_statements()) {
        EXPECT_FALSE(is_of_postgres_alone(one.name) && !one.text->cockroach.empty()) << one.name;
    }
}

TEST(CockroachStatements, TheServerUnderstandsEach) {
    const test::cockroach_database database;
    database.make_queue({.name = "jobs", .part_count = 8, .keyed = true});
    auto on = database.connect();
    int asked = 0;
    std::set<std::string_view> tables;
    for (const auto& one : all_statements()) {
        const auto text = filled(one, "leasehold.items_jobs");
        const bool makes_tables =
            text.starts_with("CREATE") || text.starts_with("ALTER") || text.starts_with("DROP");
        if (is_of_postgres_alone(one.name) || makes_tables) {
            continue;
        }
        EXPECT_NO_THROW(check_statement(on, text)) << one.name;
        ++asked;
    }
    EXPECT_GT(asked, 100);
}

}  // namespace
}  // namespace leasehold
