#include "worker/cli/sql_parameters.hpp"

#include <gtest/gtest.h>

#include <stdexcept>

namespace leasehold {
namespace {

using enum sql_parameter;
using parameters = std::vector<sql_parameter>;

const parameters all{id, payload, stdout_text, attempt, claim_token};
const parameters without_stdout{id, payload, attempt, claim_token};

std::string text_of(const char* sql) { return bind_sql(sql, all).text; }

std::string refusal(const std::string& sql, const parameters& allowed = all) {
    try {
        bind_sql(sql, allowed);
    } catch (const std::invalid_argument& error) {
        return error.what();
    }
    return "";
}

/// Nothing in `sql` is a parameter, although it looks like one.
void expect_untouched(const std::string& sql) {
    const bound_sql bound = bind_sql(sql, all);
    EXPECT_EQ(bound.text, sql);
    EXPECT_TRUE(bound.parameters.empty()) << sql;
}

TEST(BindSql, NumbersParametersByFirstUse) {
    const bound_sql bound =
        bind_sql("INSERT INTO t VALUES (:token, :id, :stdout, :payload, :attempt)", all);
    EXPECT_EQ(bound.text,
              "INSERT INTO t VALUES ($1::bigint, $2::uuid, $3::text, $4::jsonb, $5::int)");
    EXPECT_EQ(bound.parameters, (parameters{claim_token, id, stdout_text, payload, attempt}));
}

TEST(BindSql, ARepeatedNameKeepsItsNumber) {
    const bound_sql bound = bind_sql("SELECT :id, :payload, :id", all);
    EXPECT_EQ(bound.text, "SELECT $1::uuid, $2::jsonb, $1::uuid");
    EXPECT_EQ(bound.parameters, (parameters{id, payload}));
}

TEST(BindSql, AParameterMayTouchWhatIsAroundIt) {
    EXPECT_EQ(text_of("SELECT(:id)"), "SELECT($1::uuid)");
    EXPECT_EQ(text_of("SELECT :payload->>'a'"), "SELECT $1::jsonb->>'a'");
    EXPECT_EQ(text_of("SELECT :id::text"), "SELECT $1::uuid::text");
    EXPECT_EQ(text_of("SELECT :id,:token;"), "SELECT $1::uuid,$2::bigint;");
    EXPECT_EQ(text_of("SELECT a=:id"), "SELECT a=$1::uuid");
    EXPECT_EQ(text_of("SELECT f(x=>:id)"), "SELECT f(x=>$1::uuid)");
    EXPECT_EQ(text_of("SELECT f(x:=:id)"), "SELECT f(x:=$1::uuid)");
    EXPECT_EQ(text_of(":id"), "$1::uuid");
}

// "x$1" would be a word of its own.
TEST(BindSql, AParameterDoesNotGrowTogetherWithAWord) {
    EXPECT_EQ(text_of("SELECT:id"), "SELECT $1::uuid");
    EXPECT_EQ(text_of("SELECT 1:id"), "SELECT 1 $1::uuid");
}

// "$1::jsonb['a']" would be an array type.
TEST(BindSql, ASubscriptedParameterIsPutInParentheses) {
    EXPECT_EQ(text_of("SELECT :payload['a']"), "SELECT ($1::jsonb)['a']");
    EXPECT_EQ(text_of("SELECT :payload ['a']"), "SELECT ($1::jsonb) ['a']");
}

TEST(BindSql, LeavesCastsAlone) {
    expect_untouched("SELECT '1'::int, x::id, y :: token, z:::INT8");
}

TEST(BindSql, LeavesAssignmentsAlone) { expect_untouched("SELECT f(id := 1, x:=2)"); }

TEST(BindSql, LeavesSlicesAlone) {
    expect_untouched("SELECT a[1:2], a[low:high], a[f(1):id], a[b[1]:token], a[\"x\":id], a[:2]");
    expect_untouched("SELECT a[1: 2], a[ : ]");
}

TEST(BindSql, BindsWithinBrackets) {
    EXPECT_EQ(text_of("SELECT ARRAY[:id,:id], a[:attempt], a[1: :attempt], a[1 :attempt]"),
              "SELECT ARRAY[$1::uuid,$1::uuid], a[$2::int], a[1: $2::int], a[1 $2::int]");
    EXPECT_EQ(text_of("SELECT a[1] , x:id"), "SELECT a[1] , x $1::uuid");
}

TEST(BindSql, LeavesStringsAlone) {
    expect_untouched("SELECT ':id', 'it''s :id', '\\', ':id'");
    expect_untouched("SELECT 'a\n:id'");
    expect_untouched("SELECT U&'\\0041 :id', B'01', X':id'");
    EXPECT_EQ(text_of("SELECT '\\', :id"), "SELECT '\\', $1::uuid");
    EXPECT_EQ(text_of("SELECT '''', :id"), "SELECT '''', $1::uuid");
}

TEST(BindSql, LeavesEscapeStringsAlone) {
    expect_untouched("SELECT E'it\\'s :id', e'\\\\', E'a''\\':id'");
    EXPECT_EQ(text_of("SELECT E'\\\\', :id"), "SELECT E'\\\\', $1::uuid");
    EXPECT_EQ(text_of("SELECT name'\\', :id"), "SELECT name'\\', $1::uuid");
}

// SQL reads strings on lines of their own as one, and the E counts for all of them.
TEST(BindSql, EscapesGoOnAcrossLines) {
    expect_untouched("SELECT E'a'\n  '\\':id'");
    expect_untouched("SELECT E'a' -- note\n  '\\':id'");
    EXPECT_EQ(text_of("SELECT E'a' '\\', :id"), "SELECT E'a' '\\', $1::uuid");
    EXPECT_EQ(text_of("SELECT E'a'\n, :id"), "SELECT E'a'\n, $1::uuid");
}

TEST(BindSql, LeavesIdentifiersAlone) {
    expect_untouched("SELECT \":id\", \"a\"\":id\", \"a':id\"");
}

TEST(BindSql, LeavesDollarQuotedTextAlone) {
    expect_untouched("SELECT $$:id; $1 ' \" -- /* $$, $tag$ :id $$ $other$ $tag$");
    EXPECT_EQ(text_of("SELECT $$a$$, :id"), "SELECT $$a$$, $1::uuid");
    EXPECT_EQ(text_of("SELECT $_9$ $9$ $_9$, :id"), "SELECT $_9$ $9$ $_9$, $1::uuid");
}

TEST(BindSql, ADollarWithinAWordQuotesNothing) {
    EXPECT_EQ(text_of("SELECT a$$, :id, b$1, c$x$"), "SELECT a$$, $1::uuid, b$1, c$x$");
}

TEST(BindSql, LeavesCommentsAlone) {
    EXPECT_EQ(text_of("SELECT 1 -- :id 'x $1\n, :id"), "SELECT 1 -- :id 'x $1\n, $1::uuid");
    EXPECT_EQ(text_of("SELECT /* :id /* ' */ $1 */ :id"), "SELECT /* :id /* ' */ $1 */ $1::uuid");
    EXPECT_EQ(text_of("SELECT 1 - -:attempt / 2 * 3"), "SELECT 1 - -$1::int / 2 * 3");
    expect_untouched("SELECT 1 --:id");
}

TEST(BindSql, NamesAnUnknownParameter) {
    EXPECT_EQ(refusal("SELECT\n :job"),
              "SQL line 2: unknown parameter ':job'; here are: :id, :payload, :stdout, :attempt, "
              ":token");
    EXPECT_NE(refusal("SELECT :ID").find("':ID'"), std::string::npos);
    EXPECT_NE(refusal("SELECT :id_").find("':id_'"), std::string::npos);
    EXPECT_NE(refusal("SELECT :payload2").find("':payload2'"), std::string::npos);
    EXPECT_NE(refusal("SELECT :\xC3\xA9").find("unknown parameter"), std::string::npos);
}

TEST(BindSql, NamesAParameterWithoutAValueHere) {
    EXPECT_EQ(refusal("SELECT :stdout", without_stdout),
              "SQL line 1: the parameter :stdout has no value here; here are: :id, :payload, "
              ":attempt, :token");
    EXPECT_EQ(refusal("SELECT ':stdout', :id", without_stdout), "");
    EXPECT_NE(refusal("SELECT :id", {}).find("here are: none"), std::string::npos);
}

TEST(BindSql, RefusesWhatIsNotTerminated) {
    EXPECT_EQ(refusal("SELECT 1,\n'abc"),
              "SQL line 2: unterminated string that begins with ''abc'");
    for (const char* sql : {"SELECT '", "SELECT 'a''", "SELECT E'a\\'", "SELECT E'", "SELECT E'\\",
                            "SELECT $$ $", "SELECT $a$ $b$", "SELECT $a$ $A$"}) {
        EXPECT_NE(refusal(sql).find("unterminated string"), std::string::npos) << sql;
    }
    EXPECT_NE(refusal("SELECT \"a").find("unterminated identifier"), std::string::npos);
    for (const char* sql : {"SELECT /*", "SELECT /* /* */", "SELECT 1 /*/"}) {
        EXPECT_NE(refusal(sql).find("unterminated comment"), std::string::npos) << sql;
    }
}

TEST(BindSql, RefusesPlaceholdersOfTheUsersOwn) {
    EXPECT_EQ(refusal("SELECT $12"),
              "SQL line 1: the placeholder $12 has no value; write a name: :id, :payload, "
              ":stdout, :attempt, :token");
    EXPECT_NE(refusal("SELECT $1::uuid"), "");
    EXPECT_EQ(refusal("SELECT '$1', \"$1\", a$1, $$ $1 $$ -- $1"), "");
}

TEST(BindSql, TakesOneStatement) {
    EXPECT_EQ(text_of("SELECT :id ; \n -- end\n /* ; */ "),
              "SELECT $1::uuid ; \n -- end\n /* ; */ ");
    for (const char* sql : {"SELECT 1; SELECT 2", "SELECT 1;;", "SELECT 1;'", "; SELECT 1"}) {
        EXPECT_NE(refusal(sql).find("more than one statement"), std::string::npos) << sql;
    }
    EXPECT_EQ(refusal("SELECT ';', \";\", $$;$$ /*;*/ --;"), "");
}

TEST(BindSql, RefusesSqlWithoutAStatement) {
    for (const char* sql : {"", " \n", "-- nothing", "/* nothing */", ";"}) {
        EXPECT_EQ(refusal(sql), "the SQL has no statement") << sql;
    }
    EXPECT_EQ(refusal(std::string{"SELECT 1\0", 9}), "the SQL has a NUL byte");
}

}  // namespace
}  // namespace leasehold
