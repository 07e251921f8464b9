#include "worker/cli/argument_template.hpp"

#include <gtest/gtest.h>

#include <stdexcept>

namespace leasehold {
namespace {

const char* const payload = R"({"path": "a b/'c'.txt", "n": 7, "big": 12345678901234567890123,
    "price": 1.10, "huge": 1e400, "minus": -0, "yes": true, "no": false, "nothing": null,
    "list": [1], "object": {"path": 1}, "empty": "", "uni": "\u00e9\ud83d\ude00\n", "_x9": "x"})";

std::string expanded(const char* argument) {
    return argument_template{argument}.expanded(payload_fields{payload});
}

std::string argument_refusal(const char* argument, const char* of = payload) {
    try {
        argument_template{argument}.expanded(payload_fields{of});
    } catch (const std::invalid_argument& error) {
        return error.what();
    }
    return "";
}

TEST(ArgumentTemplate, PutsInAFieldAsItIs) {
    EXPECT_EQ(expanded("{path}"), "a b/'c'.txt");
    EXPECT_EQ(expanded("--in={path}:{n}"), "--in=a b/'c'.txt:7");
    EXPECT_EQ(expanded("{n}{n}"), "77");
    EXPECT_EQ(expanded("[{empty}]"), "[]");
    EXPECT_EQ(expanded("{uni}"), "\xC3\xA9\xF0\x9F\x98\x80\n");
    EXPECT_EQ(expanded("{_x9}"), "x");
}

TEST(ArgumentTemplate, KeepsTheDigitsOfNumbers) {
    EXPECT_EQ(expanded("{big}"), "12345678901234567890123");
    EXPECT_EQ(expanded("{price}"), "1.10");
    EXPECT_EQ(expanded("{huge}"), "1e400");
    EXPECT_EQ(expanded("{minus}"), "-0");
    EXPECT_EQ(expanded("{yes}{no}"), "truefalse");
}

TEST(ArgumentTemplate, LeavesOtherBracesAlone) {
    for (const char* argument :
         {"", "plain", "{", "}", "{}", "{{}}", "{print $1}", "{ path }", "{9}", "{a-b}", "{a", "a}",
          "{a b}", "{\"a\": 1}", "{\"a\":{\"b\":{}}}", "{{a b}}", "{,}", "${#x}", "{{{"}) {
        EXPECT_EQ(expanded(argument), argument);
        EXPECT_TRUE(argument_template{argument}.field_names().empty()) << argument;
    }
}

TEST(ArgumentTemplate, DoubledBracesAreLiteral) {
    EXPECT_EQ(expanded("{{path}}"), "{path}");
    EXPECT_EQ(expanded("{{nonsense}}"), "{nonsense}");
    EXPECT_EQ(expanded("${{HOME}}"), "${HOME}");
    EXPECT_EQ(expanded("{{{n}}}"), "{7}");
    EXPECT_EQ(expanded("{{{{n}}}}"), "{{n}}");
}

TEST(ArgumentTemplate, FieldsWorkWithinJsonText) {
    EXPECT_EQ(expanded(R"({"n":{n}})"), R"({"n":7})");
    EXPECT_EQ(expanded(R"({"a":{"n":{n}}})"), R"({"a":{"n":7}})");
    EXPECT_EQ(expanded("{{n}"), "{7");
    EXPECT_EQ(expanded("{a {n}"), "{a 7");
}

TEST(ArgumentTemplate, FieldTextIsNotExpandedAgain) {
    const payload_fields fields{R"({"a": "{b}", "b": "no"})"};
    EXPECT_EQ(argument_template{"{a}"}.expanded(fields), "{b}");
}

TEST(ArgumentTemplate, NamesAMissingField) {
    EXPECT_EQ(argument_refusal("{file}"),
              "payload has no field 'file'; to pass the text {file} itself "
              "write {{file}}");
    EXPECT_EQ(argument_refusal("{path}", "[1]"),
              "payload is an array and has no field 'path'; to pass the "
              "text {path} itself write {{path}}");
    EXPECT_EQ(argument_refusal("{Path}").substr(0, 27), "payload has no field 'Path'");
}

TEST(ArgumentTemplate, RefusesFieldsThatAreNoText) {
    const std::string wanted = "; an argument needs a string, a number or a boolean";
    EXPECT_EQ(argument_refusal("{nothing}"), "payload field 'nothing' is null" + wanted);
    EXPECT_EQ(argument_refusal("{list}"), "payload field 'list' is an array" + wanted);
    EXPECT_EQ(argument_refusal("{object}"), "payload field 'object' is an object" + wanted);
}

TEST(ArgumentTemplate, AnyPayloadWillDoWithoutFields) {
    EXPECT_EQ(argument_template{"-v"}.expanded(payload_fields{"null"}), "-v");
}

TEST(ArgumentTemplate, SaysWhichFieldsItNeeds) {
    EXPECT_EQ(argument_template{"{a}-{b}-{{c}}-{a}"}.field_names(),
              (std::vector<std::string>{"a", "b", "a"}));
}

TEST(PayloadFields, TheLastOfDoubledNamesCounts) {
    EXPECT_EQ(payload_fields{R"({"a": 1, "a": 2})"}.text_of("a"), "2");
    EXPECT_THROW(payload_fields(R"({"a": 1, "a": null})").text_of("a"), std::invalid_argument);
}

TEST(PayloadFields, NamesAreDecoded) {
    EXPECT_EQ(payload_fields{R"({"\u0061": 1})"}.text_of("a"), "1");
}

TEST(PayloadFields, RefusesTextThatIsNoJson) { EXPECT_THROW(payload_fields{"{"}, json_error); }

}  // namespace
}  // namespace leasehold
