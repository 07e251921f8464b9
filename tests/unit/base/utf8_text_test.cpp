#include "base/utf8_text.hpp"

#include <gtest/gtest.h>

#include <array>

namespace leasehold {
namespace {

TEST(Utf8Text, ReadsBackEveryCharacterItWrites) {
    constexpr std::array<char32_t, 10> edges{0x0,    0x7F,   0x80,   0x7FF,   0x800,
                                             0xD7FF, 0xE000, 0xFFFF, 0x10000, 0x10FFFF};
    for (const char32_t code : edges) {
        std::string text;
        append_utf8(text, code);
        const auto read = first_character(text + "x");
        ASSERT_TRUE(read) << static_cast<unsigned>(code);
        EXPECT_EQ(read->code, code);
        EXPECT_EQ(read->bytes, text.size());
    }
}

TEST(Utf8Text, RefusesIllFormedBytes) {
    for (const char* text : {"", "\x80", "\xC0\x80", "\xC1\xBF", "\xC3", "\xC3(", "\xE0\x9F\xBF",
                             "\xE2\x82", "\xED\xA0\x80", "\xED\xBF\xBF", "\xF0\x8F\xBF\xBF",
                             "\xF4\x90\x80\x80", "\xF5\x80\x80\x80", "\xFF"}) {
        EXPECT_FALSE(first_character(text)) << printable(text);
    }
}

TEST(Printable, EscapesWhatDrivesATerminal) {
    EXPECT_EQ(printable("a\n\r\t\x1B[31m\x7F"), "a\\n\\r\\t\\x1b[31m\\x7f");
    EXPECT_EQ(printable(std::string{"\0\x01", 2}), "\\x00\\x01");
    EXPECT_EQ(printable("\xC2\x9B"), "\\u{9b}");
    EXPECT_EQ(printable("\xE2\x80\xAE"), "\\u{202e}");
    EXPECT_EQ(printable("\xC2"), "\\xc2");
}

TEST(Printable, LeavesTextAsItIs) {
    const std::string text = "{\"a\": \"\\n \xC3\xA9 \xE2\x82\xAC \xF0\x9F\x98\x80 \xC2\xA0\"}";
    EXPECT_EQ(printable(text), text);
}

TEST(QuotedExcerpt, CutsAfterTheLimitAndNotBefore) {
    EXPECT_EQ(quoted_excerpt("12345", 5), "'12345'");
    EXPECT_EQ(quoted_excerpt("123456", 5), "'12345'...");
    EXPECT_EQ(quoted_excerpt("\xC3\xA9\xC3\xA9", 1), "'\xC3\xA9'...");
    EXPECT_EQ(quoted_excerpt("\n", 1), "'\\n'");
}

TEST(CharacterCount, CountsCharactersAndIllFormedBytes) {
    EXPECT_EQ(character_count(""), 0U);
    EXPECT_EQ(character_count("a\xC3\xA9\xF0\x9F\x98\x80"), 3U);
    EXPECT_EQ(character_count("\xFF\xFE"), 2U);
}

}  // namespace
}  // namespace leasehold
