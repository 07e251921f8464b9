// Each statement that CockroachDB is sent: understood by a server that looks like it, and without
// what it lacks.

#include "schema/sql.hpp"
#include "sql/batch.hpp"
#include "sql/sql_text.hpp"
#include "tests/cockroach/lacks.hpp"
#include "tests/sql/cockroach/cockroach_database.hpp"
#include "tests/sql/cockroach/raw.hpp"

#include <gtest/gtest.h>

#include <memory>
#include <ostream>
#include <set>
#include <string>
#include <vector>

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

std::string filled(const named_statement& one, sql_dialect server, const std::string& items) {
    return expanded(around(one.text->in(server), query::item_first.in(server)),
                    {{"items", items},
                     {"queue", "jobs"},
                     {"parts", "8"},
                     {"max_attempts", "25"},
                     {"keyed", "1"},
                     {"place", "1"},
                     {"part", "3"}});
}

/// Not one that makes tables.
bool is_question(std::string_view text) {
    return !text.starts_with("CREATE") && !text.starts_with("ALTER") && !text.starts_with("DROP");
}

TEST(CockroachStatements, NoneUsesWhatTheServerLacks) {
    const test::cockroach_release oldest{22, 2};
    for (const auto& one : all_statements()) {
        if (!is_of_postgres_alone(one.name)) {
            const auto refusal = test::cockroach_lacks(
                filled(one, sql_dialect::cockroach, "leasehold.items_jobs"), oldest);
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
    for (const auto& one : all_statements()) {
        const auto text = filled(one, sql_dialect::cockroach, "leasehold.items_jobs");
        if (is_of_postgres_alone(one.name) || !is_question(text)) {
            continue;
        }
        EXPECT_NO_THROW(check_statement(on, text)) << one.name;
        ++asked;
    }
    EXPECT_GT(asked, 100);
}

/// Parameters and columns of a statement, as its server describes it.
struct shape {
    int parameters{0};
    std::vector<std::string> columns{};
    friend bool operator==(const shape&, const shape&) = default;
};

std::ostream& operator<<(std::ostream& out, const shape& one) {
    out << one.parameters << " parameters;";
    for (const auto& column : one.columns) {
        out << ' ' << column;
    }
    return out;
}

shape shape_of(test::raw_connection& on, const std::string& text) {
    const std::unique_ptr<PGresult, decltype(&PQclear)> prepared{
        PQprepare(on.wire(), "", text.c_str(), 0, nullptr), &PQclear};
    const std::unique_ptr<PGresult, decltype(&PQclear)> described{PQdescribePrepared(on.wire(), ""),
                                                                  &PQclear};
    EXPECT_EQ(PQresultStatus(described.get()), PGRES_COMMAND_OK) << PQerrorMessage(on.wire());
    shape found{.parameters = PQnparams(described.get())};
    for (int i = 0; i < PQnfields(described.get()); ++i) {
        const std::string column = PQfname(described.get(), i);
        if (column != "rung" && column != "set_config") {  // side effects that PostgreSQL's have
            found.columns.push_back(column);
        }
    }
    return found;
}

// Whoever asks does not know which server answers.
TEST(CockroachStatements, AnswerTheSameQuestionsWithTheSameColumns) {
    // What they answer on PostgreSQL is that somebody was told, and nobody reads it.
    static const std::set<std::string_view> unread{"generation_raise", "session_joined",
                                                   "session_ended",    "lease_receive",
                                                   "plan_write_queue", "help_tell"};
    const test::postgres_database here{"those of PostgreSQL"};
    const test::cockroach_database there;
    there.make_queue({.name = "jobs", .part_count = 8, .keyed = true});
    here.make_queue({.name = "jobs", .part_count = 8, .keyed = true});
    test::raw_connection cockroach{there.dsn()};
    test::raw_connection postgres{here.dsn()};
    int compared = 0;
    for (const auto& one : all_statements()) {
        if (one.text->cockroach.empty() || one.text->postgres.empty() ||
            unread.contains(one.name) || !is_question(one.text->in(sql_dialect::cockroach))) {
            continue;
        }
        const auto names = {"leasehold.items_jobs_3", "leasehold.items_jobs"};
        const bool of_a_part = one.text->postgres.find("{items}_part") == std::string_view::npos;
        const auto text =
            filled(one, sql_dialect::postgres, *(names.begin() + (of_a_part ? 0 : 1)));
        EXPECT_EQ(shape_of(cockroach, filled(one, sql_dialect::cockroach, "leasehold.items_jobs")),
                  shape_of(postgres, text))
            << one.name;
        ++compared;
    }
    EXPECT_GT(compared, 40);
}

}  // namespace
}  // namespace leasehold
