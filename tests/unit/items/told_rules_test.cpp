// What clients say is held against the audit, in both directions.

#include "tests/unit/items/forged_history.hpp"

#include <gtest/gtest.h>

namespace leasehold {
namespace {

using namespace test;

TEST(ToldRules, WhatAClientWasToldAgreesWithTheAudit) {
    EXPECT_EQ(story{}
                  .took(anna, 1)
                  .hears(told::started, 1, anna)
                  .hears(told::ended, 1, anna)
                  .done()
                  .hears(told::acknowledged, 1, anna)
                  .broken(),
              rules{});
    EXPECT_EQ(story{}.done().hears(told::unknown, 1, anna).broken(), rules{});
    EXPECT_EQ(story{}
                  .row(audited::enqueued)
                  .row(audited::claimed, 1, anna)
                  .row(audited::present, 1, anna)
                  .hears(told::unknown, 1, anna)
                  .broken(),
              rules{});
}

TEST(ToldRules, AnAcknowledgementThatTheAuditDoesNotHaveIsSeen) {
    const auto freed = [] {
        return story{}
            .row(audited::enqueued)
            .row(audited::claimed, 1, anna)
            .row(audited::freed, 1, anna)
            .row(audited::present, 1);
    };
    EXPECT_EQ(freed().hears(told::acknowledged, 1, anna).broken(), rules{told_done});
    EXPECT_EQ(freed().hears(told::lost, 1, anna).broken(), rules{});
    EXPECT_EQ(story{}.done().hears(told::acknowledged, 1, anna, asked::buried).broken(),
              rules{told_done});
    EXPECT_EQ(story{}.done().hears(told::acknowledged, 1, bert).broken(), rules{told_done});
    EXPECT_EQ(story{}
                  .done()
                  .hears(told::acknowledged, 1, anna)
                  .hears(told::acknowledged, 1, anna)
                  .broken(),
              rules{told_done})
        << "once in the audit, twice told";
    EXPECT_EQ(freed()
                  .hears(told::acknowledged, 1, anna)
                  .example_of(told_done)
                  .rfind("w.jsonl:1: item 00000000-0000-0000-0000-000000000001 of part 0, session",
                         0),
              0U);
}

TEST(ToldRules, ALostAcknowledgementThatTheAuditHasIsSeen) {
    EXPECT_EQ(story{}.done().hears(told::lost, 1, anna).broken(), rules{told_lost});
    EXPECT_EQ(story{}.done().hears(told::lost, 1, anna, asked::returned).broken(),
              rules{told_lost});
    EXPECT_EQ(story{}.done().hears(told::lost, 1, bert).broken(), rules{});
}

// Its part had to move: the claim was returned under the handler, which then got no more say.
TEST(ToldRules, AClaimReleasedUnderItsHandlerIsReturnedAndLost) {
    EXPECT_EQ(story{}
                  .row(audited::enqueued)
                  .row(audited::claimed, 1, anna)
                  .row(audited::returned, 1, anna)
                  .row(audited::present, 1)
                  .hears(told::acknowledged, 1, anna, asked::returned)
                  .hears(told::lost, 1, anna, asked::completed)
                  .broken(),
              rules{});
}

// A reaper's end of a claim is not the claim's own: its holder was told lost, and rightly.
TEST(ToldRules, AnItemSpentByAReaperMayBeLostToItsHolder) {
    EXPECT_EQ(story{}
                  .row(audited::enqueued)
                  .row(audited::claimed, 1, anna)
                  .row(audited::spent, 1, anna)
                  .row(audited::dead, 1)
                  .hears(told::lost, 1, anna, asked::buried)
                  .broken(),
              rules{});
}

TEST(ToldRules, AHandlerWithoutAClaimIsSeen) {
    EXPECT_EQ(story{}.done().hears(told::started, 2, anna).broken(), rules{under_claim});
    EXPECT_EQ(story{}.item(2).done().item(1).hears(told::started, 1, anna).broken(),
              rules{under_claim})
        << "of an item before all that the audit knows";
    EXPECT_EQ(story{}.done().item(2).hears(told::started, 1, anna).broken(), rules{under_claim})
        << "of an item behind all that the audit knows";
}

// Its worker was killed: of a claim by the lease alone the database has never heard.
TEST(ToldRules, ARunByTheLeaseNeedsNoClaimButALeaseThatThereWas) {
    const auto broken = [](const session_id& who, std::int64_t term) {
        return story{}
            .done()
            .item(2)
            .row(audited::enqueued)
            .starts_by_lease(1, who, term)
            .row(audited::present)
            .broken();
    };
    EXPECT_EQ(broken(anna, 1), std::vector<std::string>{});
    EXPECT_EQ(broken(anna, 2).size(), 1U);
    EXPECT_EQ(broken(bert, 1).size(), 1U);
}

TEST(ToldRules, ARunByTheLeaseThatWasAcknowledgedIsInTheAudit) {
    EXPECT_EQ(story{}
                  .row(audited::enqueued)
                  .starts_by_lease(1, anna, 1)
                  .hears(told::acknowledged, 1, anna)
                  .row(audited::present)
                  .broken()
                  .size(),
              1U);
}

TEST(ToldRules, APartThatTheLogDoesNotKnowIsSeen) {
    EXPECT_EQ(story{}.done().took(anna, 2).broken(), rules{in_log});
    EXPECT_EQ(story{}.done().took(bert, 1).broken(), rules{in_log});
}

TEST(ToldRules, RunsThatOverlapAreCountedAndOnlyWrongWhileTheFirstClaimStands) {
    const auto both_run = [](story& told) -> story& {
        return told.hears(told::started, 1, anna)
            .hears(told::started, 2, anna)
            .hears(told::ended, 1, anna)
            .hears(told::ended, 2, anna);
    };
    auto returned = story{}
                        .row(audited::enqueued)
                        .row(audited::claimed, 1, anna)
                        .row(audited::returned, 1, anna)
                        .row(audited::claimed, 2, anna)
                        .row(audited::completed, 2, anna);
    const auto checks = both_run(returned).judged();
    EXPECT_EQ(returned.broken(), rules{});
    EXPECT_EQ(checks.back().name, overlaps);
    EXPECT_EQ(checks.back().note, "1 overlapped a run whose claim was over");

    auto standing = story{}
                        .row(audited::enqueued)
                        .row(audited::claimed, 1, anna)
                        .row(audited::claimed, 2, anna)
                        .row(audited::completed, 2, anna);
    EXPECT_EQ(both_run(standing).broken(), (rules{one_claim, overlaps}));
}

TEST(ToldRules, RunsOneAfterTheOtherDoNotOverlap) {
    auto tidy = story{}
                    .row(audited::enqueued)
                    .row(audited::claimed, 1, anna)
                    .hears(told::started, 1, anna)
                    .hears(told::ended, 1, anna)
                    .row(audited::returned, 1, anna)
                    .row(audited::claimed, 2, anna)
                    .hears(told::started, 2, anna)
                    .hears(told::ended, 2, anna)
                    .row(audited::completed, 2, anna);
    EXPECT_EQ(tidy.broken(), rules{});
    EXPECT_EQ(tidy.judged().back().note, "0 overlapped a run whose claim was over");
}

}  // namespace
}  // namespace leasehold
