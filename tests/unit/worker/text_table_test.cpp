#include "worker/cli/text_table.hpp"

#include <gtest/gtest.h>

#include <stdexcept>

namespace leasehold {
namespace {

TEST(TextTable, AlignsColumnsWithTwoBlanks) {
    text_table table{{"queue", "state"}};
    table.add({"mail", "running"});
    table.add({"a", "paused"});
    EXPECT_EQ(table.text(),
              "queue  state\n"
              "mail   running\n"
              "a      paused\n");
}

TEST(TextTable, AlignsNumbersRight) {
    text_table table{{"part", "n", "share"}};
    table.add({"0", "1,234", "9.5%"});
    table.add({"12", "-7", "100%"});
    EXPECT_EQ(table.text(),
              "part      n  share\n"
              "   0  1,234   9.5%\n"
              "  12     -7   100%\n");
}

TEST(TextTable, GapsDoNotMakeANumberColumnText) {
    text_table table{{"age", "x"}};
    table.add({"5", "a"});
    table.add({"-", "b"});
    table.add({"", "c"});
    EXPECT_EQ(table.text(),
              "age  x\n"
              "  5  a\n"
              "  -  b\n"
              "     c\n");
}

TEST(TextTable, OneWordMakesAColumnText) {
    text_table table{{"id", "x"}};
    table.add({"5", "a"});
    table.add({"5a", "b"});
    EXPECT_EQ(table.text(),
              "id  x\n"
              "5   a\n"
              "5a  b\n");
}

TEST(TextTable, GapsAloneAreNoNumbers) {
    text_table table{{"held", "x"}};
    table.add({"-", "a"});
    EXPECT_EQ(table.text(),
              "held  x\n"
              "-     a\n");
}

TEST(TextTable, CountsCharactersAndNotBytes) {
    text_table table{{"name", "x"}};
    table.add({"Zo\xC3\xAB", "a"});
    table.add({"\xE2\x82\xAC\xF0\x9F\x98\x80", "b"});
    table.add({"plain", "c"});
    EXPECT_EQ(table.text(),
              "name   x\n"
              "Zo\xC3\xAB    a\n"
              "\xE2\x82\xAC\xF0\x9F\x98\x80     b\n"
              "plain  c\n");
}

TEST(TextTable, DataCannotDriveTheTerminal) {
    text_table table{{"payload", "x"}};
    table.add({"a\x1B[2J\nb\t\x7F\xC2\x9B\xFF", "1"});
    EXPECT_EQ(table.text(),
              "payload                      x\n"
              "a\\x1b[2J\\nb\\t\\x7f\\u{9b}\\xff  1\n");
}

TEST(TextTable, LeavesNoBlanksAtLineEnds) {
    text_table table{{"a", "long header"}};
    table.add({"1", "b"});
    table.add({"", ""});
    EXPECT_EQ(table.text(), "a  long header\n1  b\n\n");
}

TEST(TextTable, WithoutRowsShowsItsHeaders) {
    EXPECT_EQ((text_table{{"a", "b"}}.text()), "a  b\n");
}

TEST(TextTable, RefusesARowOfAnotherWidth) {
    text_table table{{"a", "b"}};
    EXPECT_THROW(table.add({"1"}), std::invalid_argument);
    EXPECT_THROW(table.add({"1", "2", "3"}), std::invalid_argument);
    EXPECT_NO_THROW(table.add({"1", "2"}));
}

}  // namespace
}  // namespace leasehold
