#include "worker/cli/json_text.hpp"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <random>

namespace leasehold {
namespace {

constexpr std::size_t deep = 512;

json_kind kind_of(std::string_view text) { return scan_json(text, deep).kind; }

std::string json_refusal(std::string_view text, std::size_t depth_max = deep) {
    try {
        scan_json(text, depth_max);
    } catch (const json_error& error) {
        return error.what();
    }
    return "";
}

TEST(ScanJson, KnowsEveryKind) {
    EXPECT_EQ(kind_of("null"), json_kind::null);
    EXPECT_EQ(kind_of("true"), json_kind::boolean);
    EXPECT_EQ(kind_of("false"), json_kind::boolean);
    EXPECT_EQ(kind_of("-1.5e+3"), json_kind::number);
    EXPECT_EQ(kind_of("\"\""), json_kind::string);
    EXPECT_EQ(kind_of("[]"), json_kind::array);
    EXPECT_EQ(kind_of("{}"), json_kind::object);
}

TEST(ScanJson, CutsBlanksOff) { EXPECT_EQ(scan_json(" \t\r\n[ 1 ] \n", deep).text, "[ 1 ]"); }

TEST(ScanJson, SaysWhereAndWhat) {
    EXPECT_EQ(json_refusal("{\"a\":}"), "byte 6: expected a JSON value, found '}'");
    EXPECT_EQ(json_refusal("{\"a\" 1}"), "byte 6: expected ':' after the member's name, found '1'");
    EXPECT_EQ(json_refusal("[1 2]"),
              "byte 4: expected ',' or ']' after the array's element, found '2'");
    EXPECT_EQ(json_refusal("{\"a\":1"),
              "byte 7: expected ',' or '}' after the member's value, found the end of the text");
    EXPECT_EQ(json_refusal("{a:1}"),
              "byte 2: expected a member's name in double quotes, found 'a'");
    EXPECT_EQ(json_refusal("[1,]"), "byte 4: expected a JSON value, found ']'");
    EXPECT_EQ(json_refusal("1 2"), "byte 3: expected nothing after the value, found '2'");
    EXPECT_EQ(json_refusal("hello"),
              "byte 1: expected a JSON value, found 'h'; plain text needs double quotes");
    EXPECT_EQ(json_refusal(" "),
              "byte 2: the text is empty; an empty value is written null, {} or \"\"");
    EXPECT_EQ(json_refusal("\"abc"),
              "byte 5: expected '\"' at the end of the string, found the end of the text");
}

TEST(ScanJson, ChecksNumbers) {
    for (const char* text : {"0", "-0", "10", "0.0", "1e5", "1E-5", "1.10",
                             "12345678901234567890123", "1e400", "0e0"}) {
        EXPECT_EQ(json_refusal(text), "") << text;
    }
    for (const char* text : {"-", "+1", "01", "-01", "1.", ".5", "1e", "1e+", "0x1", "1_0", "NaN",
                             "Infinity", "1.e1", "--1"}) {
        EXPECT_NE(json_refusal(text), "") << text;
    }
    EXPECT_EQ(json_refusal("007"),
              "byte 2: a number must not begin with a needless 0; a code with zeros "
              "is a string");
}

// The edges were tried on PostgreSQL 15: SELECT '...'::jsonb.
TEST(ScanJson, KeepsNumbersWithinNumericRange) {
    for (const char* text : {"1e131071", "9.99e131071", "0.01e131073", "1e-16383", "0e131072",
                             "0e-16383", "1.5e-16382"}) {
        EXPECT_EQ(json_refusal(text), "") << text;
    }
    for (const char* text : {"1e131072", "10e131071", "0.01e131074", "1e-16384", "0e-16384",
                             "1.5e-16383", "1e9999999999", "1e99999999999999999999"}) {
        EXPECT_EQ(json_refusal(text),
                  "byte 1: number outside PostgreSQL's numeric range; write it as a string")
            << text;
    }
    EXPECT_EQ(json_refusal(std::string(131'072, '9')), "");
    EXPECT_NE(json_refusal(std::string(131'073, '9')), "");
}

TEST(ScanJson, ChecksStrings) {
    for (const char* text : {R"("\"\\\/\b\f\n\r\t\u00e9")", R"("\ud83d\ude00")", "\"\x7F\"",
                             "\"\xC3\xA9\xF0\x9F\x98\x80\"", R"("\uD83D\uDE00")"}) {
        EXPECT_EQ(json_refusal(text), "") << text;
    }
    for (const char* text : {R"("\x")", R"("\u12")", R"("\u12g4")", R"("\)", R"("\u+123")",
                             "\"a\nb\"", "\"\t\"", "'a'"}) {
        EXPECT_NE(json_refusal(text), "") << text;
    }
}

TEST(ScanJson, RefusesNulBytes) {
    EXPECT_NE(json_refusal(std::string_view{"\"a\0\"", 4}).find("byte 3: a NUL byte"),
              std::string::npos);
    EXPECT_EQ(json_refusal(std::string_view{"\0", 1}),
              "byte 1: expected a JSON value, found a NUL byte");
    EXPECT_EQ(json_refusal(std::string_view{"{}\0", 3}),
              "byte 3: expected nothing after the value, found a NUL byte");
}

TEST(ScanJson, RefusesEscapedNul) {
    EXPECT_EQ(json_refusal(R"(["a\u0000"])"),
              "byte 4: the escape \\u0000, which PostgreSQL cannot store; remove it or encode the "
              "data as base64");
    EXPECT_NE(json_refusal(R"({"a\u0000": 1})").find("byte 4: the escape"), std::string::npos);
    EXPECT_EQ(json_refusal(R"("\\u0000")"), "") << "a backslash and five characters";
}

TEST(ScanJson, RefusesInvalidUtf8) {
    for (const char* text : {"\"\xFF\"", "\"\xC0\x80\"", "\"\xC3\"", "\"\xED\xA0\x80\""}) {
        EXPECT_NE(json_refusal(text).find("byte 2: invalid UTF-8"), std::string::npos);
    }
}

TEST(ScanJson, RefusesUnpairedSurrogates) {
    for (const char* text : {R"("\ud83d")", R"("\ude00")", R"("\ud83d\ud83d\ude00")",
                             R"("\ud83dx")", R"("\ud83d\n")", R"("\ude00\ud83d")"}) {
        EXPECT_NE(json_refusal(text).find("byte 2: unpaired surrogate \\u"), std::string::npos)
            << text;
    }
}

TEST(ScanJson, LimitsNesting) {
    const auto nested = [](std::size_t depth) {
        return std::string(depth, '[') + std::string(depth, ']');
    };
    EXPECT_EQ(json_refusal(nested(512)), "");
    EXPECT_EQ(json_refusal(nested(513)), "byte 513: nested more than 512 levels deep");
    EXPECT_EQ(json_refusal("[[1]]", 2), "");
    EXPECT_EQ(json_refusal("[{\"a\":1}]", 1), "byte 2: nested more than 1 levels deep");
    EXPECT_NE(json_refusal(std::string(1'000'000, '[')), "") << "and does not run out of stack";
}

TEST(JsonMembers, GivesSlicesInTheOrderWritten) {
    const json_value object = scan_json(R"( {"b" : 1.10 , "\u0061":[1, 2], "b": {} } )", deep);
    const std::vector<json_member> members = json_members(object);
    ASSERT_EQ(members.size(), 3U);
    EXPECT_EQ(members[0].name, "b");
    EXPECT_EQ(members[0].value.text, "1.10");
    EXPECT_EQ(members[1].name, "a");
    EXPECT_EQ(members[1].value.kind, json_kind::array);
    EXPECT_EQ(members[1].value.text, "[1, 2]");
    EXPECT_EQ(members[2].name, "b");
    EXPECT_TRUE(json_members(scan_json("{}", deep)).empty());
}

TEST(JsonDecoded, ReadsEveryEscape) {
    EXPECT_EQ(json_decoded(scan_json(R"("\"\\\/\b\f\n\r\t\u00e9\u20AC\ud83d\ude00x")", deep)),
              "\"\\/\b\f\n\r\t\xC3\xA9\xE2\x82\xAC\xF0\x9F\x98\x80x");
    EXPECT_EQ(json_decoded(scan_json("\"\"", deep)), "");
}

TEST(JsonEncoded, IsReadBackAsTheSameText) {
    std::string text = "\xC3\xA9\xF0\x9F\x98\x80/";
    for (char c = 1; c < 127; ++c) {
        text += c;
    }
    const std::string encoded = json_encoded(text);
    EXPECT_EQ(json_decoded(scan_json(encoded, deep)), text);
    EXPECT_EQ(nlohmann::json::parse(encoded).get<std::string>(), text);
}

/// What nlohmann::json says, without the differences that are meant: it takes a NUL byte for the
/// end of the text, skips a byte order mark, refuses what no double can hold, and knows neither
/// jsonb's limits nor \u0000.
bool accepted_by_reference(const std::string& text) {
    try {
        return !nlohmann::json::parse(text).is_discarded();
    } catch (const nlohmann::json::out_of_range&) {
        return true;
    } catch (const nlohmann::json::exception&) {
        return false;
    }
}

std::string mutated(std::string text, std::mt19937& random) {
    static const std::string bytes = "{}[]\",:\\u0d8eE+-.19tfn \n\x80\xC3\xA9\xF0\x9F";
    const auto pick = [&random](std::size_t below) { return random() % below; };
    for (std::size_t change = pick(3) + 1; change > 0 && !text.empty(); --change) {
        const std::size_t at = pick(text.size());
        switch (pick(3)) {
            case 0: text[at] = bytes[pick(bytes.size())]; break;
            case 1: text.erase(at, 1); break;
            default: text.insert(at, 1, bytes[pick(bytes.size())]); break;
        }
    }
    return text;
}

TEST(ScanJson, AgreesWithAnotherParserOnDamagedText) {
    const std::vector<std::string> seeds{
        R"({"a": [1, -2.5e3, true, false, null], "b\u00e9": {"c": "\ud83d\ude00 é"}})",
        R"([[], {}, "", 0, -0, "\\\"\/\b\f\n\r\t", 1E+2, 0.10])",
        R"("text")",
        R"(-12.5e-3)",
    };
    std::mt19937 random{20'261'121};
    int accepted = 0;
    for (int round = 0; round < 40'000; ++round) {
        const std::string text = mutated(seeds[random() % seeds.size()], random);
        const std::string problem = json_refusal(text);
        if (problem.find("u0000") != std::string::npos ||
            problem.find("numeric range") != std::string::npos) {
            continue;
        }
        ASSERT_EQ(problem.empty(), accepted_by_reference(text)) << text << "\n" << problem;
        accepted += problem.empty() ? 1 : 0;
        if (problem.empty() && kind_of(text) == json_kind::string) {
            EXPECT_EQ(json_decoded(scan_json(text, deep)),
                      nlohmann::json::parse(text).get<std::string>());
        }
    }
    EXPECT_GT(accepted, 1'000) << "the damage is too great to compare anything";
}

}  // namespace
}  // namespace leasehold
