#include "sql/sql_text.hpp"

#include <gtest/gtest.h>

namespace leasehold {
namespace {

using texts = std::vector<std::string>;
using optional_texts = std::vector<std::optional<std::string>>;

TEST(SqlText, NamesArePutInWhereverTheyStand) {
    EXPECT_EQ(expanded("SELECT {a} FROM {t} AS {a}", {{"a", "x"}, {"t", "leasehold.items_q"}}),
              "SELECT x FROM leasehold.items_q AS x");
}

TEST(SqlText, AStatementStandsWithinAnother) {
    EXPECT_EQ(around("SELECT id FROM (\n{each}\n) AS head", "SELECT id FROM leasehold.items_q"),
              "SELECT id FROM (\nSELECT id FROM leasehold.items_q\n) AS head");
    EXPECT_EQ(around("SELECT 1", "SELECT 2"), "SELECT 1");
}

TEST(SqlText, LiteralsStandWhereParametersStood) {
    std::vector<std::string> literals(11, "'x'");
    literals[0] = "'a $2 -- '";
    literals[1] = "NULL";
    literals[10] = "'it''s'";
    EXPECT_EQ(with_literals("SELECT $1::text, $11,$2 -- $1, isn't it\n FROM t WHERE a = '$1''$2'",
                            literals),
              "SELECT 'a $2 -- '::text, 'it''s',NULL -- $1, isn't it\n FROM t WHERE a = '$1''$2'");
    EXPECT_EQ(with_literals("SELECT 'open $1", literals), "SELECT 'open $1");
    EXPECT_EQ(with_literals("$1", literals), "'a $2 -- '");
    EXPECT_EQ(with_literals("SELECT 1 -- $1", literals), "SELECT 1 -- $1");
    EXPECT_EQ(with_literals("", {}), "");
}

TEST(SqlText, ArrayElementsAreQuotedSoThatNoTextIsSyntax) {
    EXPECT_EQ(array_literal(texts{}), "{}");
    EXPECT_EQ(array_literal(texts{"a", "", "NULL", "b,c", "{}"}), R"({"a","","NULL","b,c","{}"})");
    EXPECT_EQ(array_literal(texts{R"(say "hi" \ back)"}), R"({"say \"hi\" \\ back"})");
    EXPECT_EQ(array_literal(optional_texts{"x", std::nullopt}), R"({"x",NULL})");
    EXPECT_EQ(array_literal(std::vector<part_id>{{3}, {12}}), "{3,12}");
}

}  // namespace
}  // namespace leasehold
