#include "base/text.hpp"

#include <gtest/gtest.h>

namespace leasehold {
namespace {

using namespace std::string_literals;

TEST(Text, MessagesAreOneLine) {
    EXPECT_EQ(one_line("ERROR:  no\nDETAIL:  really\r\n"), "ERROR:  no; DETAIL:  really");
    EXPECT_EQ(one_line("\n  \n"), "");
}

TEST(Text, WhatNoServerStoresIsReplaced) {
    EXPECT_EQ(storable("plain", 100), "plain");
    EXPECT_EQ(storable("a\0b"s, 100), "a?b");
    EXPECT_EQ(storable("\xff\xfe ok", 100), "?? ok");
    EXPECT_EQ(storable("\xed\xa0\x80", 100), "???");       // a surrogate
    EXPECT_EQ(storable("\xc0\xaf", 100), "??");            // an overlong form
    EXPECT_EQ(storable("\xf4\x90\x80\x80", 100), "????");  // beyond U+10FFFF
    EXPECT_EQ(storable("ä€😀", 100), "ä€😀");
}

TEST(Text, AStoredTextIsCutBetweenCharacters) {
    EXPECT_EQ(storable("aä", 3), "aä");
    EXPECT_EQ(storable("aä", 2), "a");
}

}  // namespace
}  // namespace leasehold
