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

TEST(SqlText, ArrayElementsAreQuotedSoThatNoTextIsSyntax) {
    EXPECT_EQ(array_literal(texts{}), "{}");
    EXPECT_EQ(array_literal(texts{"a", "", "NULL", "b,c", "{}"}), R"({"a","","NULL","b,c","{}"})");
    EXPECT_EQ(array_literal(texts{R"(say "hi" \ back)"}), R"({"say \"hi\" \\ back"})");
    EXPECT_EQ(array_literal(optional_texts{"x", std::nullopt}), R"({"x",NULL})");
    EXPECT_EQ(array_literal(std::vector<part_id>{{3}, {12}}), "{3,12}");
}

}  // namespace
}  // namespace leasehold
