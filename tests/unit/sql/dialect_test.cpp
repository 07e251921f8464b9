#include "sql/dialect.hpp"

#include "sql/dsn.hpp"

#include <gtest/gtest.h>

namespace leasehold {
namespace {

TEST(Dialect, IsKnownByWhatTheServerSaysOfItself) {
    EXPECT_EQ(dialect_of(nullptr), sql_dialect::postgres);
    EXPECT_EQ(dialect_of("CockroachDB CCL v25.4.1 (x86_64)"), sql_dialect::cockroach);
    EXPECT_EQ(dialect_of(""), sql_dialect::cockroach);
}

TEST(Dialect, IsKnownByItsNameToo) {
    for (const auto server : {sql_dialect::postgres, sql_dialect::cockroach}) {
        EXPECT_EQ(dialect_named(traits_of(server).name), server);
    }
    EXPECT_EQ(dialect_named("EnterpriseDB"), sql_dialect::postgres);
}

TEST(Dialect, OldServersAreRefusedByTheirName) {
    EXPECT_EQ(version_problem(150000, nullptr), "");
    EXPECT_EQ(version_problem(140013, nullptr),
              "the server is PostgreSQL 14; Leasehold needs PostgreSQL 15 or newer");
    // CockroachDB says that it is PostgreSQL 13: that is not what counts.
    EXPECT_EQ(version_problem(130000, "CockroachDB CCL v22.2.0 (x86_64)"), "");
    EXPECT_EQ(version_problem(130000, "CockroachDB CCL v100.2.0-alpha.1 (x86_64)"), "");
    EXPECT_EQ(version_problem(130000, "CockroachDB CCL v22.1.22 (x86_64)"),
              "the server is CockroachDB 22.1; Leasehold needs CockroachDB 22.2 or newer");
    EXPECT_EQ(version_problem(130000, "something else"), "") << "nothing is known against it";
}

TEST(Dialect, AStatementIsTheSameUnlessItHasOtherWords) {
    constexpr statement_text shared{"SELECT 1"};
    constexpr statement_text other{"SELECT 1", "SELECT 2"};
    EXPECT_EQ(shared.in(sql_dialect::cockroach), "SELECT 1");
    EXPECT_EQ(other.in(sql_dialect::cockroach), "SELECT 2");
    EXPECT_EQ(other.in(sql_dialect::postgres), "SELECT 1");
}

TEST(Dialect, NoSettingOfOneServerIsSentToTheOther) {
    const connect_options all{.index_scans_only = true, .keeps_plans = true};
    const auto mentions = [](const server_settings& settings, std::string_view word) {
        for (const auto* each : {&settings.needed, &settings.wanted}) {
            for (const auto& one : *each) {
                if (one.find(word) != std::string::npos) {
                    return true;
                }
            }
        }
        return false;
    };
    const auto here = settings_for(sql_dialect::postgres, all);
    const auto there = settings_for(sql_dialect::cockroach, all);
    for (const auto* word : {"enable_seqscan", "jit", "force_generic_plan"}) {
        EXPECT_TRUE(mentions(here, word)) << word;
        EXPECT_FALSE(mentions(there, word)) << word;
    }
    for (const auto* word :
         {"prefer_lookup_joins_for_fks", "kv_transaction", "force_custom_plan"}) {
        EXPECT_FALSE(mentions(here, word)) << word;
        EXPECT_TRUE(mentions(there, word)) << word;
    }
    for (const auto* word : {"statement_timeout", "lock_timeout", "TimeZone"}) {
        EXPECT_TRUE(mentions(here, word) && mentions(there, word)) << word;
    }
}

}  // namespace
}  // namespace leasehold
