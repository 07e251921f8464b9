#include "sql/wire_form.hpp"

#include "sql/rows.hpp"

#include <gtest/gtest.h>

#include <cstdint>
#include <memory>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

namespace leasehold {
namespace {

using namespace std::string_literals;

item_id id_of(const std::string& text) { return {uuid_from(text).value()}; }
const std::vector<item_id> two{id_of("00112233-4455-6677-8899-aabbccddeeff"),
                               id_of("ffffffff-ffff-ffff-ffff-ffffffffffff")};

TEST(WireForm, ListsOfIdsComeBackAsTheyWent) {
    for (const auto& ids : {std::vector<item_id>{}, {two[0]}, two}) {
        EXPECT_EQ(wire_form::ids_in(wire_form::array_of(ids)), ids);
    }
}

// The server's own tests are that it takes them: see Batch.
TEST(WireForm, AListIsAnArrayOfOneDimensionCountedFromOne) {
    const auto bytes = wire_form::array_of({two.data(), 1});
    EXPECT_EQ(bytes.substr(0, 24), "\0\0\0\1\0\0\0\0\0\0\x0b\x86\0\0\0\1\0\0\0\1\0\0\0\x10"s);
    EXPECT_EQ(bytes.substr(24), std::string(two[0].value.begin(), two[0].value.end()));
    EXPECT_EQ(wire_form::array_of({}), "\0\0\0\0\0\0\0\0\0\0\x0b\x86"s);
}

TEST(WireForm, WhatIsNoListOfIdsIsNotReadAsOne) {
    const auto good = wire_form::array_of(two);
    EXPECT_EQ(wire_form::ids_in(""), std::nullopt);
    for (std::size_t size = 0; size < good.size(); ++size) {
        EXPECT_EQ(wire_form::ids_in(good.substr(0, size)), std::nullopt) << size << " bytes";
    }
    EXPECT_EQ(wire_form::ids_in(good + "x"), std::nullopt);
    for (const std::size_t place : {3U, 7U, 11U, 15U}) {  // dimensions, NULLs, type, elements
        auto other = good;
        other[place] = '\x7f';
        EXPECT_EQ(wire_form::ids_in(other), std::nullopt) << "byte " << place;
    }
}

TEST(WireForm, NumbersAreReadFirstByteFirstAndHaveToFit) {
    EXPECT_EQ(wire_form::number_in<int>("\0\0\1\2"s), 258);
    EXPECT_EQ(wire_form::number_in<int>("\xff\xff\xff\xfe"s), -2);
    EXPECT_EQ(wire_form::number_in<std::int64_t>("\xff\xff\xff\xfe"s), -2);
    EXPECT_EQ(wire_form::number_in<std::int64_t>("\0\0\0\1\0\0\0\0"s), std::int64_t{1} << 32);
    EXPECT_EQ(wire_form::number_in<int>("\0\0\0\1\0\0\0\0"s), std::nullopt);
    EXPECT_EQ(wire_form::number_in<int>("\0\0\1"s), std::nullopt);
    EXPECT_EQ(wire_form::number_in<int>(""), std::nullopt);
}

/// One row of one column.
rows cell(std::string value, value_form form) {
    const auto kept = std::make_shared<const std::string>(std::move(value));
    return {kept, 1, {*kept}, form};
}

TEST(Rows, AreTheSameInEitherForm) {
    const auto id = to_text(two[0]);
    const auto id_bytes = std::string(two[0].value.begin(), two[0].value.end());
    const auto ids = "{" + id + "," + to_text(two[1]) + "}";
    const auto ids_bytes = wire_form::array_of(two);
    EXPECT_EQ(cell(id, value_form::text).id(0, 0), cell(id_bytes, value_form::bytes).id(0, 0));
    EXPECT_EQ(cell(ids, value_form::text).ids(0, 0), two);
    EXPECT_EQ(cell(ids_bytes, value_form::bytes).ids(0, 0), two);
    EXPECT_TRUE(cell("{}"s, value_form::text).ids(0, 0).empty());
    const auto seven = "\0\0\0\7"s;
    EXPECT_EQ(cell("7"s, value_form::text).number<int>(0, 0), 7);
    EXPECT_EQ(cell(seven, value_form::bytes).number<int>(0, 0), 7);
    const auto yes = "\1"s;
    const auto no = "\0"s;
    EXPECT_TRUE(cell("t"s, value_form::text).flag(0, 0));
    EXPECT_FALSE(cell("f"s, value_form::text).flag(0, 0));
    EXPECT_TRUE(cell(yes, value_form::bytes).flag(0, 0));
    EXPECT_FALSE(cell(no, value_form::bytes).flag(0, 0));
}

TEST(Rows, SayWhatTheyCannotRead) {
    const auto word_of = [](const rows& one) {
        try {
            static_cast<void>(one.number<int>(0, 0));
        } catch (const std::range_error& error) {
            return std::string{error.what()};
        }
        return "nothing"s;
    };
    const auto three = "\0\0\1"s;
    const auto word = "many"s;
    EXPECT_EQ(word_of(cell(word, value_form::text)),
              "the server answered 'many' where a whole number was expected");
    EXPECT_EQ(word_of(cell(three, value_form::bytes)),
              "the server answered 3 bytes where a whole number was expected");
    for (const auto form : {value_form::text, value_form::bytes}) {
        EXPECT_THROW(static_cast<void>(cell(word, form).id(0, 0)), std::range_error);
        EXPECT_THROW(static_cast<void>(cell(word, form).ids(0, 0)), std::range_error);
        const rows null{nullptr, 1, {{}}, form};
        EXPECT_THROW(static_cast<void>(null.number<int>(0, 0)), std::range_error);
        EXPECT_THROW(static_cast<void>(null.id(0, 0)), std::range_error);
    }
}

}  // namespace
}  // namespace leasehold
