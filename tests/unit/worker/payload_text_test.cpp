#include "worker/cli/payload_text.hpp"

#include <gtest/gtest.h>

#include <stdexcept>

namespace leasehold {
namespace {

constexpr std::size_t large = 1'048'576;

item_line item(const std::string& text) { return parse_item_line(text, large); }

/// An item with one more member, written as JSON.
item_line item_with(const std::string& member) { return item("{\"payload\":1," + member + "}"); }

std::string refusal(const std::string& text, std::size_t payload_max = large) {
    try {
        parse_item_line(text, payload_max);
    } catch (const std::invalid_argument& error) {
        return error.what();
    }
    return "";
}

std::string refusal_with(const std::string& member) {
    return refusal("{\"payload\":1," + member + "}");
}

TEST(PayloadProblem, HasNothingAgainstJson) {
    for (const char* text : {"{}", "null", "[1, 2]", "\"text\"", "12345678901234567890123"}) {
        EXPECT_EQ(payload_problem(text, large), std::nullopt) << text;
    }
}

TEST(PayloadProblem, LimitsBytes) {
    const std::string text = "[" + std::string(98, ' ') + "]";
    EXPECT_EQ(payload_problem(text, 100), std::nullopt);
    EXPECT_EQ(payload_problem(text, 99),
              "payload is 100 bytes, the limit is 99: keep large data elsewhere and enqueue a "
              "reference to it");
}

TEST(PayloadProblem, SaysWhatIsWrongInOneLine) {
    EXPECT_EQ(payload_problem("{\n\"a\":\n}", large),
              "payload is not valid JSON, byte 8: expected a JSON value, found '}'");
    EXPECT_EQ(payload_problem("", large),
              "payload is not valid JSON, byte 1: the text is empty; an empty value is written "
              "null, {} or \"\"");
    EXPECT_NE(payload_problem(R"("\u0000")", large), std::nullopt);
    EXPECT_NE(payload_problem("\"\xFF\"", large), std::nullopt);
    EXPECT_NE(payload_problem(R"("\ud800")", large), std::nullopt);
    EXPECT_EQ(payload_problem("[\x1B", large),
              "payload is not valid JSON, byte 2: expected a JSON value, found '\\x1b'");
}

TEST(PayloadProblem, LimitsNesting) {
    EXPECT_EQ(payload_problem(std::string(512, '[') + std::string(512, ']'), large), std::nullopt);
    EXPECT_EQ(payload_problem(std::string(513, '[') + std::string(513, ']'), large),
              "payload is not valid JSON, byte 513: nested more than 512 levels deep");
}

TEST(LinePayload, KeepsTheLineExactly) {
    EXPECT_EQ(line_payload(""), R"({"line": ""})");
    EXPECT_EQ(line_payload("a \"b\" \\ \t\r"), R"({"line": "a \"b\" \\ \t\r"})");
    EXPECT_EQ(line_payload("\xC3\xA9\x01"), "{\"line\": \"\xC3\xA9\\u0001\"}");
    EXPECT_EQ(payload_problem(line_payload("\x1B[0m'\x7F"), large), std::nullopt);
}

TEST(LinePayload, RefusesWhatCannotBeStored) {
    try {
        line_payload("caf\xE9 au lait");
        FAIL();
    } catch (const std::invalid_argument& error) {
        EXPECT_STREQ(error.what(),
                     "the line is not valid UTF-8 at byte 4, found '\\xe9'; convert "
                     "it first, for example with iconv -t UTF-8");
    }
    EXPECT_THROW(line_payload(std::string_view{"a\0b", 3}), std::invalid_argument);
}

TEST(ParseItemLine, NeedsNothingButAPayload) {
    const item_line read = item(R"( {"payload": {"n": 1.10} } )");
    EXPECT_EQ(read.payload, R"({"n": 1.10})");
    EXPECT_EQ(read.id, std::nullopt);
    EXPECT_EQ(read.run_at, std::nullopt);
    EXPECT_EQ(read.key, std::nullopt);
    EXPECT_EQ(read.priority, std::nullopt);
    EXPECT_EQ(read.max_attempts, std::nullopt);
}

TEST(ParseItemLine, ReadsEveryMember) {
    const item_line read =
        item(R"({"key":"k\u00e9","priority":-5,"max_attempts":3,"run_at":"2026-11-21T10:00:00Z",)"
             R"("id":"0B51F5DE-6c2e-4b0c-9d39-5e1a7c7c1f42","payload":[1,2]})");
    EXPECT_EQ(read.payload, "[1,2]");
    EXPECT_EQ(read.id, "0b51f5de-6c2e-4b0c-9d39-5e1a7c7c1f42");
    EXPECT_EQ(read.run_at, "2026-11-21T10:00:00Z");
    EXPECT_EQ(read.key, "k\xC3\xA9");
    EXPECT_EQ(read.priority, -5);
    EXPECT_EQ(read.max_attempts, 3);
}

TEST(ParseItemLine, PassesThePayloadOnAsWritten) {
    for (const char* payload : {"12345678901234567890123", "1.10", "1e400", "-0", "null",
                                "\"\\u0061\"", "{\"a\":  [1 ,2], \"a\": 0.30}"}) {
        EXPECT_EQ(item(std::string{"{\"payload\":"} + payload + "}").payload, payload);
    }
}

TEST(ParseItemLine, NullCountsAsAbsentExceptForThePayload) {
    const item_line read =
        item(R"({"payload":null,"id":null,"run_at":null,"key":null,"priority":null,)"
             R"("max_attempts":null})");
    EXPECT_EQ(read.payload, "null");
    EXPECT_FALSE(read.id || read.run_at || read.key || read.priority || read.max_attempts);
}

TEST(ParseItemLine, RefusesTextThatIsNoObject) {
    EXPECT_EQ(refusal("[1]"),
              "an item must be a JSON object such as {\"payload\": {\"n\": 1}}, not '[1]'");
    EXPECT_EQ(refusal("{\"payload\":1"),
              "not a valid JSON object, byte 13: expected ',' or '}' after the member's value, "
              "found the end of the text");
    EXPECT_EQ(refusal("").substr(0, 32), "not a valid JSON object, byte 1:");
}

TEST(ParseItemLine, RefusesMembersItDoesNotKnow) {
    EXPECT_EQ(refusal_with(R"("delay":5)"),
              "unknown member 'delay'; known are payload, id, run_at, key, dedupe, priority, "
              "max_attempts");
    EXPECT_EQ(refusal_with(R"("a\u001b[2J":5)").substr(0, 25), "unknown member 'a\\x1b[2J'");
}

TEST(ParseItemLine, RefusesDoubledMembers) {
    EXPECT_EQ(refusal_with(R"("payload":2)"), "the member 'payload' is there twice");
    EXPECT_EQ(refusal_with(R"("key":"a","\u006bey":"b")"), "the member 'key' is there twice");
}

TEST(ParseItemLine, RefusesALineWithoutPayload) {
    EXPECT_EQ(refusal(R"({"key": "a"})"), "the member 'payload' is missing in '{\"key\": \"a\"}'");
}

TEST(ParseItemLine, LimitsThePayloadAndNotTheLine) {
    EXPECT_EQ(refusal(R"({"payload":"12345","key":"a long key"})", 7), "");
    EXPECT_EQ(refusal(R"({"payload":"123456"})", 7),
              "payload is 8 bytes, the limit is 7: keep large data elsewhere and enqueue a "
              "reference to it");
    const auto nested = [](std::size_t depth) {
        return "{\"payload\":" + std::string(depth, '[') + std::string(depth, ']') + "}";
    };
    EXPECT_EQ(refusal(nested(512)), "");
    EXPECT_NE(refusal(nested(513)), "");
}

TEST(ParseItemLine, MakesIdsCanonical) {
    EXPECT_EQ(item_with(R"("id":"0B51F5DE6C2E4B0C9D395E1A7C7C1F42")").id,
              "0b51f5de-6c2e-4b0c-9d39-5e1a7c7c1f42");
}

TEST(ParseItemLine, NamesAMalformedId) {
    EXPECT_EQ(refusal_with(R"("id":"order-17")"),
              "id must be a UUID such as 0b51f5de-6c2e-4b0c-9d39-5e1a7c7c1f42, not 'order-17'");
    for (const char* id :
         {"\"\"", "\"0b51f5de-6c2e-4b0c-9d39-5e1a7c7c1f4\"", "17", "[]",
          "\"0b51f5de-6c2e-4b0c-9d39-5e1a7c7c1f422\"", "\"0b51f5de-6c2e-4b0c-9d39-5e1a7c7c1f4g\"",
          "\"0b51f5de6-c2e-4b0c-9d39-5e1a7c7c1f42\"", "\"0b51f5de-6c2e-4b0c-9d39-5e1a7c7c1f-2\"",
          "\"0b51f5de6c2e4b0c9d395e1a7c7c1f4-\""}) {
        EXPECT_NE(refusal_with(std::string{"\"id\":"} + id), "") << id;
    }
}

TEST(ParseItemLine, TakesTimesWithTheirOffset) {
    for (const char* time :
         {"2026-11-21T10:00:00Z", "2026-11-21 10:00:00+02", "2026-11-21 10:00+02:30",
          "2026-11-21t10:00:00.123456z", "2026-11-21T23:59:59-0800", "2028-02-29T00:00:00Z",
          "2026-11-21T10:00:00.123456789+15:59", "0001-01-01T00:00:00Z"}) {
        EXPECT_EQ(item_with(std::string{"\"run_at\":\""} + time + "\"").run_at, time);
    }
}

TEST(ParseItemLine, NamesAMalformedTime) {
    EXPECT_EQ(refusal_with(R"("run_at":"tomorrow")"),
              "run_at must be a date and time with its offset, such as 2026-11-21T10:00:00Z or "
              "2026-11-21 10:00:00+02, not 'tomorrow'");
    for (const char* time : {"",
                             "2026-11-21",
                             "2026-11-21T10:00:00",
                             "2026-11-21T10Z",
                             "2026-11-21T24:00:00Z",
                             "2026-11-21T10:60:00Z",
                             "2026-11-21T10:00:60Z",
                             "2026-13-21T10:00:00Z",
                             "2026-00-21T10:00:00Z",
                             "2026-02-29T10:00:00Z",
                             "2026-11-31T10:00:00Z",
                             "2026-11-21T10:00:00.Z",
                             "2026-11-21T10:00:00.1234567890Z",
                             "2026-11-21T10:00:00+2",
                             "2026-11-21T10:00:00+16",
                             "2026-11-21T10:00:00+02:60",
                             "2026-11-21T10:00:00+02:",
                             "2026-11-21T10:00:00+020",
                             "2026-11-21  10:00:00Z",
                             "2026-11-21T10:00:00Z ",
                             "26-11-21T10:00:00Z",
                             "2026-1-21T10:00:00Z",
                             "0000-01-01T00:00:00Z",
                             "now",
                             "2026-11-21T10:00:00Z; drop"}) {
        EXPECT_NE(refusal_with(std::string{"\"run_at\":\""} + time + "\""), "") << time;
    }
    EXPECT_NE(refusal_with(R"("run_at":1795255200)"), "");
}

TEST(ParseItemLine, KeepsPriorityWithinAnInteger) {
    EXPECT_EQ(item_with(R"("priority":2147483647)").priority, 2147483647);
    EXPECT_EQ(item_with(R"("priority":-2147483648)").priority, -2147483648);
    for (const char* priority : {"2147483648", "-2147483649", "1.0", "1e2", "\"1\"", "true"}) {
        EXPECT_NE(refusal_with(std::string{"\"priority\":"} + priority), "") << priority;
    }
    EXPECT_EQ(refusal_with(R"("priority":"high")"),
              "priority must be a whole number from -2147483648 to 2147483647, not 'high'");
}

TEST(ParseItemLine, KeepsAttemptsWithinTheirRange) {
    EXPECT_EQ(item_with(R"("max_attempts":1)").max_attempts, 1);
    EXPECT_EQ(item_with(R"("max_attempts":1000)").max_attempts, 1000);
    EXPECT_NE(refusal_with(R"("max_attempts":0)"), "");
    EXPECT_EQ(refusal_with(R"("max_attempts":1001)"),
              "max_attempts must be a whole number from 1 to 1000, not '1001'");
}

TEST(ParseItemLine, ShortensAndEscapesValues) {
    EXPECT_EQ(refusal_with("\"id\":\"" + std::string(81, 'x') + "\""),
              "id must be a UUID such as 0b51f5de-6c2e-4b0c-9d39-5e1a7c7c1f42, not '" +
                  std::string(80, 'x') + "'...");
    EXPECT_NE(refusal_with(R"("id":"\u001b\n")").find("'\\x1b\\n'"), std::string::npos);
    EXPECT_EQ(refusal_with(R"("key":5)"), "key must be a string, not '5'");
}

}  // namespace
}  // namespace leasehold
