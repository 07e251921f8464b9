#include "worker/cli/session_argument.hpp"

#include <gtest/gtest.h>

#include <stdexcept>

namespace leasehold {
namespace {

seated_session seated(const std::string& id, const std::string& name, bool live = true) {
    seated_session one{.queue = "mail"};
    one.row.id = {*uuid_from(id)};
    one.row.name = name;
    one.row.live = live;
    return one;
}

const auto first = seated("1a2b3c4d-0000-4000-8000-000000000001", "worker-1");
const auto second = seated("1a2b99aa-0000-4000-8000-000000000002", "worker-2");
const auto third = seated("cafe0000-0000-4000-8000-000000000003", "worker-2");
const std::vector<seated_session> everyone{first, second, third};

std::string refusal(const std::vector<seated_session>& seats, const std::string& words,
                    const std::optional<std::string>& queue = {}) {
    try {
        return "found " + to_text(the_seat_meant(seats, words, queue).row.id);
    } catch (const std::runtime_error& error) {
        return error.what();
    }
}

TEST(SessionArgument, ANameAnIdAndTheBeginningOfAnIdMeanASession) {
    for (const char* words : {"worker-1", "1a2b3c4d-0000-4000-8000-000000000001",
                              "{1A2B3C4D-0000-4000-8000-000000000001}", "1a2b3", "1A2B3C4D"}) {
        EXPECT_EQ(the_seat_meant(everyone, words, {}).row.id, first.row.id) << words;
    }
}

TEST(SessionArgument, LessThanFourCharactersOfAnIdMeanNothing) {
    EXPECT_TRUE(seats_meant(everyone, "caf").empty());
    EXPECT_EQ(seats_meant(everyone, "cafe").size(), 1U);
    EXPECT_TRUE(seats_meant(everyone, "").empty());
}

TEST(SessionArgument, WhatMayBeSeveralIsRefusedAndTheyAreListed) {
    const auto by_name = refusal(everyone, "worker-2");
    EXPECT_NE(by_name.find("'worker-2' may be any of 2 sessions; give the id: "), std::string::npos)
        << by_name;
    EXPECT_NE(by_name.find(to_text(second.row.id) + " ('worker-2' in queue mail)"),
              std::string::npos);
    EXPECT_NE(by_name.find(to_text(third.row.id)), std::string::npos);
    EXPECT_NE(refusal(everyone, "1a2b").find("may be any of 2"), std::string::npos);
}

TEST(SessionArgument, ANameThatIsAlsoTheBeginningOfAnotherIdIsBoth) {
    auto all = everyone;
    all.push_back(seated("beef0000-0000-4000-8000-000000000004", "cafe"));
    EXPECT_EQ(seats_meant(all, "cafe").size(), 2U);
}

TEST(SessionArgument, ManyAreNotAllListed) {
    std::vector<seated_session> many;
    for (int i = 0; i < 12; ++i) {
        many.push_back(seated(to_text(random_session_id()), "same"));
    }
    EXPECT_NE(refusal(many, "same").find("and 2 more"), std::string::npos);
}

TEST(SessionArgument, NoneSaysHowToListThem) {
    EXPECT_EQ(refusal(everyone, "nobody"),
              "there is no session 'nobody'; see them: leasehold sessions QUEUE");
    EXPECT_EQ(refusal(everyone, "nobody", "mail"),
              "there is no session 'nobody' in queue mail; see them: leasehold sessions mail");
}

TEST(SessionArgument, OneThatStandsIsMeantBeforeTheExpiredOneOfItsName) {
    auto all = everyone;
    all.push_back(seated("dead0000-0000-4000-8000-000000000005", "worker-1", false));
    EXPECT_EQ(the_seat_meant(all, "worker-1", {}).row.id, first.row.id);
    EXPECT_EQ(the_seat_meant(all, "dead", {}).row.id, all.back().row.id);
}

}  // namespace
}  // namespace leasehold
