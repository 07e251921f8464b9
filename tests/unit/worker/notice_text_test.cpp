#include "worker/notice_text.hpp"

#include <gtest/gtest.h>

#include <string>

namespace leasehold {
namespace {

news said(std::initializer_list<std::string> notices) {
    news all;
    for (const auto& one : notices) {
        add_notice(all, one);
    }
    return all;
}

TEST(NoticeText, EachKindIsUnderstood) {
    EXPECT_TRUE(said({"plan"}).plan);
    EXPECT_TRUE(said({"help"}).help);
    EXPECT_EQ(said({"items 3"}).parts, std::vector<part_id>{{3}});
    EXPECT_FALSE(said({"items 3"}).anywhere);
    EXPECT_TRUE(said({"items *"}).anywhere);
    EXPECT_TRUE(said({"items *"}).parts.empty());
}

TEST(NoticeText, ItemsMayBeInAPartAndElsewhere) {
    const auto all = said({"items 1023 *"});
    EXPECT_EQ(all.parts, std::vector<part_id>{{1023}});
    EXPECT_TRUE(all.anywhere);
}

TEST(NoticeText, PartsMayBeGivenToSeveralSessionsAtOnce) {
    const auto one = random_session_id();
    const auto two = random_session_id();
    EXPECT_EQ(said({"given " + to_text(one) + " " + to_text(two)}).given,
              (std::vector<session_id>{one, two}));
}

TEST(NoticeText, WhatIsSaidTwiceCountsOnce) {
    EXPECT_EQ(said({"items 3", "items 4", "items 3"}).parts, (std::vector<part_id>{{3}, {4}}));
}

TEST(NoticeText, WhatIsNotUnderstoodSaysNothing) {
    EXPECT_TRUE(said({"", " ", "plans", "party 3", "items", "items x 3x -1 99999999999999",
                      "given nobody", "PLAN"})
                    .is_empty());
}

}  // namespace
}  // namespace leasehold
