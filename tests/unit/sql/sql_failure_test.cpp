#include "sql/sql_failure.hpp"

#include <gtest/gtest.h>
#include <pqxx/pqxx>

namespace leasehold {
namespace {

TEST(SqlFailure, RolledBackTransactionsAreRunAgain) {
    for (const char* code : {"40001", "40P01", "40000", "55P03", "57014", "53100", "53200"}) {
        EXPECT_EQ(kind_of(code, sql_stage::body), sql_failure_kind::retry) << code;
        EXPECT_EQ(kind_of(code, sql_stage::commit), sql_failure_kind::retry) << code;
    }
}

TEST(SqlFailure, ALostConnectionIsHarmlessBeforeCommitAndADoubtAfter) {
    for (const char* code : {"08006", "08003", "08001", "57P01", "57P02", "57P03", "25P03", "40003",
                             "53300", "25006", "58C00", "58C01", "XXUUU"}) {
        EXPECT_EQ(kind_of(code, sql_stage::body), sql_failure_kind::reconnect) << code;
        EXPECT_EQ(kind_of(code, sql_stage::connecting), sql_failure_kind::reconnect) << code;
        EXPECT_EQ(kind_of(code, sql_stage::commit), sql_failure_kind::in_doubt) << code;
    }
}

// libpqxx reports a COMMIT without an answer the same way whatever the transaction was for.
TEST(SqlFailure, OnlyTheCommitOfABodyCanBeInDoubt) {
    const pqxx::in_doubt_error unanswered{"connection lost"};
    EXPECT_EQ(classified(unanswered, sql_stage::commit).kind(), sql_failure_kind::in_doubt);
    EXPECT_EQ(classified(unanswered, sql_stage::body).kind(), sql_failure_kind::reconnect);
    EXPECT_EQ(classified(unanswered, sql_stage::connecting).kind(), sql_failure_kind::reconnect);
}

TEST(SqlFailure, EverythingElseIsRefused) {
    for (const char* code : {"42601", "42P01", "23503", "23505", "23514", "22P02", "28P01", ""}) {
        EXPECT_EQ(kind_of(code, sql_stage::body), sql_failure_kind::refused) << code;
        EXPECT_EQ(kind_of(code, sql_stage::commit), sql_failure_kind::refused) << code;
    }
}

}  // namespace
}  // namespace leasehold
