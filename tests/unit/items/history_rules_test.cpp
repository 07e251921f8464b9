// Each rule passes a true history, and sees the one thing it is for in a forged one.

#include "tests/unit/items/forged_history.hpp"

#include <gtest/gtest.h>

namespace leasehold {
namespace {

using namespace std::chrono_literals;
using namespace test;

TEST(HistoryRules, AWholeLifeBreaksNoRule) {
    EXPECT_EQ(story{}
                  .row(audited::enqueued)
                  .row(audited::claimed, 1, anna)
                  .row(audited::returned, 1, anna)
                  .row(audited::claimed, 2, anna)
                  .row(audited::buried, 2, anna)
                  .row(audited::forgotten, 2)
                  .row(audited::enqueued, 10)
                  .row(audited::claimed, 11, anna)
                  .row(audited::freed, 11, anna)
                  .lets_go(anna)
                  .owns(bert)
                  .row(audited::claimed, 12, bert)
                  .row(audited::spent, 12, bert)
                  .row(audited::dead, 12)
                  .item(2)
                  .row(audited::found, 7, anna)
                  .row(audited::completed, 7, anna)
                  .item(3)
                  .row(audited::enqueued)
                  .row(audited::deleted)
                  .item(4)
                  .row(audited::enqueued)
                  .row(audited::claimed, 1, bert)
                  .row(audited::present, 1, bert)
                  .broken(),
              rules{});
}

TEST(HistoryRules, ANewLifeOfAnIdBeginsAnew) {
    EXPECT_EQ(story{}
                  .done()
                  .hears(told::acknowledged, 1, anna)
                  .row(audited::enqueued, 5)
                  .row(audited::claimed, 6, anna)
                  .row(audited::completed, 6, anna)
                  .hears(told::acknowledged, 6, anna)
                  .broken(),
              rules{});
}

// A claim of the earlier life could end the later one.
TEST(HistoryRules, ANewLifeOfAnIdWhoseTokensBeginBelowTheLastIsSeen) {
    EXPECT_EQ(story{}.done().row(audited::enqueued, 0).row(audited::present, 0).broken(),
              rules{tokens});
    EXPECT_EQ(story{}.done().row(audited::enqueued, 1).row(audited::present, 1).broken(), rules{});
}

TEST(HistoryRules, NothingToJudgeIsAFailure) {
    EXPECT_EQ(story{}.broken(), rules{something});
    EXPECT_EQ(story{}.row(audited::found).row(audited::present).broken(), rules{something});
}

TEST(HistoryRules, AGapInTheAuditIsAFailure) {
    const auto with = [](audit_coverage how) { return story{}.done().covered(how).broken(); };
    EXPECT_EQ(with({.on_at_us = 0, .switched_on = 1, .firing = 4}), rules{});
    EXPECT_EQ(with({.switched_on = 0, .firing = 4}), rules{covers});
    EXPECT_EQ(with({.on_at_us = 0, .switched_on = 1, .switched_off = 1, .firing = 4}),
              rules{covers});
    EXPECT_EQ(with({.on_at_us = 0, .switched_on = 2, .firing = 4}), rules{covers});
    EXPECT_EQ(with({.on_at_us = 0, .switched_on = 1, .firing = 3}), rules{covers});
}

// Ownership.

TEST(HistoryRules, TwoOwnersOfAPartAreSeen) {
    EXPECT_EQ(story{}.done().owns(bert).broken(), rules{one_owner});
    EXPECT_EQ(story{}.done().lets_go(anna).owns(bert).broken(), rules{});
    EXPECT_EQ(story{}.done().lets_go(bert).broken(), rules{one_owner});
    EXPECT_EQ(story{}.done().lets_go(anna).lets_go(anna).broken(), rules{one_owner});
}

TEST(HistoryRules, AnEpochTakenTwiceOrMissingIsSeen) {
    const auto take = [](std::int64_t term, std::int64_t at) {
        return ownership_change{.part = {0}, .term = {term}, .to = anna, .at_us = at};
    };
    const auto let_go = [](std::int64_t term, std::int64_t at) {
        return ownership_change{.part = {0}, .term = {term}, .from = anna, .at_us = at};
    };
    const auto wrong = [](const std::vector<ownership_change>& log) {
        return ownership_terms{log}.one_owner().wrong;
    };
    EXPECT_EQ(wrong({take(4, 0), let_go(4, 1), take(5, 2)}), 0);
    EXPECT_EQ(wrong({take(4, 0), let_go(4, 1), take(4, 2)}), 1);
    EXPECT_EQ(wrong({take(4, 0), let_go(4, 1), take(6, 2)}), 1);
    EXPECT_EQ(wrong({take(4, 0), let_go(4, 9 * second), take(5, 2 * second)}), 1);
    EXPECT_EQ(wrong({take(4, 9 * second), let_go(4, 2 * second), take(5, 3 * second)}), 1);
    EXPECT_EQ(wrong({let_go(3, 0), take(4, 1)}), 0) << "pruned up to there";
}

TEST(HistoryRules, APartHandedOverHasOneOwnerAtATime) {
    const ownership_terms terms{
        {{.part = {0}, .term = {1}, .to = anna, .at_us = 0},
         {.part = {0}, .term = {2}, .from = anna, .to = bert, .at_us = 10 * second}}};
    EXPECT_TRUE(terms.one_owner().holds());
    EXPECT_TRUE(terms.owned({0}, anna, 5 * second));
    EXPECT_FALSE(terms.owned({0}, anna, 12 * second));
    EXPECT_TRUE(terms.owned({0}, bert, 12 * second));
    EXPECT_FALSE(terms.owned({0}, bert, 5 * second));
    EXPECT_FALSE(terms.owned({1}, anna, 5 * second));
}

TEST(HistoryRules, WhoHelpsHoldsAPartFromItsBeginningToItsEndBesideTheOwner) {
    const ownership_change owns{.part = {0}, .term = {1}, .to = anna, .at_us = 0};
    const ownership_change comes{
        .part = {0}, .term = {1}, .to = bert, .at_us = 10 * second, .helps = true};
    const ownership_change goes{
        .part = {0}, .term = {1}, .from = bert, .at_us = 20 * second, .helps = true};
    const ownership_terms terms{{owns, comes, goes}};
    EXPECT_TRUE(terms.one_owner().holds());
    EXPECT_TRUE(terms.help().holds());
    EXPECT_TRUE(terms.held({0}, anna, 15 * second));
    EXPECT_TRUE(terms.held({0}, bert, 15 * second));
    EXPECT_FALSE(terms.owned({0}, bert, 15 * second));
    EXPECT_FALSE(terms.took({0}, bert, {1}));
    EXPECT_FALSE(terms.held({0}, bert, 8 * second));
    EXPECT_TRUE(terms.held({0}, bert, 9 * second)) << "within the slack of the clock";
    EXPECT_TRUE(terms.held({0}, bert, 21 * second));
    EXPECT_FALSE(terms.held({0}, bert, 22 * second));
    EXPECT_FALSE(terms.held({1}, bert, 15 * second));
}

TEST(HistoryRules, WhoHelpsThatBecomesTheOwnerHoldsThePartUntilItGivesItAway) {
    const ownership_terms terms{
        {{.part = {0}, .term = {1}, .to = anna, .at_us = 0},
         {.part = {0}, .term = {1}, .to = bert, .at_us = 10 * second, .helps = true},
         {.part = {0}, .term = {2}, .from = anna, .to = bert, .at_us = 20 * second},
         {.part = {0}, .term = {3}, .from = bert, .to = anna, .at_us = 30 * second}}};
    EXPECT_TRUE(terms.one_owner().holds());
    EXPECT_TRUE(terms.help().holds());
    EXPECT_TRUE(terms.held({0}, bert, 15 * second));
    EXPECT_TRUE(terms.held({0}, bert, 25 * second));
    EXPECT_FALSE(terms.held({0}, bert, 32 * second));
}

TEST(HistoryRules, HelpThatEndsWithoutABeginningOrBeginsTwiceIsSeen) {
    const ownership_change comes{
        .part = {0}, .term = {1}, .to = bert, .at_us = 10 * second, .helps = true};
    const ownership_change goes{
        .part = {0}, .term = {1}, .from = bert, .at_us = 20 * second, .helps = true};
    EXPECT_EQ((ownership_terms{{comes, goes, goes}}.help().wrong), 1);
    EXPECT_EQ((ownership_terms{{comes, comes, goes}}.help().wrong), 1);
    EXPECT_EQ((ownership_terms{{comes, goes, comes, goes}}.help().wrong), 0);
    EXPECT_EQ((ownership_terms{{goes, comes, goes}}.help().wrong), 0) << "pruned up to there";
}

TEST(HistoryRules, AClaimByWhoHelpsIsAsGoodAsTheOwners) {
    EXPECT_EQ(story{}
                  .helps(bert)
                  .row(audited::enqueued)
                  .row(audited::claimed, 1, bert)
                  .row(audited::completed, 1, bert)
                  .broken(),
              rules{});
}

TEST(HistoryRules, AClaimByWhoHelpsNoMoreIsSeen) {
    EXPECT_EQ(story{}
                  .helps(bert)
                  .helps_no_more(bert)
                  .row(audited::enqueued)
                  .row(audited::claimed, 1, bert)
                  .row(audited::completed, 1, bert)
                  .broken(),
              rules{by_owner});
}

TEST(HistoryRules, AClaimByWhoDoesNotOwnThePartIsSeen) {
    EXPECT_EQ(story{}
                  .row(audited::enqueued)
                  .row(audited::claimed, 1, bert)
                  .row(audited::completed, 1, bert)
                  .broken(),
              rules{by_owner});
    EXPECT_EQ(story{}
                  .row(audited::enqueued)
                  .lets_go(anna)
                  .row(audited::claimed, 1, anna)
                  .row(audited::claimed, 2, anna)
                  .row(audited::completed, 2, anna)
                  .broken(),
              (rules{by_owner, one_claim}))
        << "a second is left for the clock, two are not";
}

// Claims and their ends.

TEST(HistoryRules, ATokenThatFallsStandsOrJumpsIsSeen) {
    for (const std::int64_t next : {1, 2, 4}) {
        EXPECT_EQ(story{}
                      .row(audited::found, 1)
                      .row(audited::claimed, 2, anna)
                      .row(audited::returned, 2, anna)
                      .row(audited::claimed, next, anna)
                      .row(audited::completed, next, anna)
                      .broken(),
                  rules{tokens})
            << next;
    }
}

TEST(HistoryRules, TwoClaimsAtOnceAreSeen) {
    EXPECT_EQ(story{}
                  .row(audited::enqueued)
                  .row(audited::claimed, 1, anna)
                  .row(audited::claimed, 2, anna)
                  .row(audited::completed, 2, anna)
                  .broken(),
              rules{one_claim});
    EXPECT_EQ(story{}.row(audited::enqueued, 0, anna).row(audited::present, 0, anna).broken(),
              rules{one_claim});
}

TEST(HistoryRules, ADoubledEndIsSeen) {
    for (const auto second_end : {audited::completed, audited::buried, audited::deleted}) {
        auto twice = story{}.done().row(second_end, 1, anna);
        if (second_end == audited::buried) {
            twice.row(audited::dead, 1);
        }
        EXPECT_EQ(twice.broken(), rules{one_end});
    }
    EXPECT_NE(story{}
                  .done()
                  .row(audited::completed, 1, anna)
                  .example_of(one_end)
                  .find("session " + to_text(anna) +
                        ", token 1, seq 5000000 was completed after it was completed"),
              std::string::npos);
}

TEST(HistoryRules, AnAcknowledgementByAnotherClaimIsSeen) {
    const auto claimed = [] {
        return story{}.row(audited::enqueued).row(audited::claimed, 1, anna);
    };
    EXPECT_EQ(claimed().row(audited::completed, 1, bert).broken(), rules{holder});
    EXPECT_EQ(claimed().row(audited::completed, 2, anna).broken(), rules{holder});
    EXPECT_EQ(claimed().row(audited::deleted, 1).broken(), rules{holder});
    EXPECT_EQ(claimed()
                  .row(audited::returned, 1, anna)
                  .row(audited::returned, 1, anna)
                  .row(audited::present, 1)
                  .broken(),
              rules{holder});
    EXPECT_EQ(story{}.row(audited::enqueued).row(audited::completed, 0, anna).broken(),
              rules{holder})
        << "its claim is missing";
}

TEST(HistoryRules, AHandThatChangesAClaimIsSeen) {
    EXPECT_EQ(
        story{}.row(audited::enqueued).row(audited::altered, 3).row(audited::present, 3).broken(),
        rules{holder});
}

// Loss.

TEST(HistoryRules, ALostItemIsSeen) {
    EXPECT_EQ(story{}.row(audited::enqueued).broken(), rules{no_loss});
    EXPECT_EQ(story{}.row(audited::enqueued).row(audited::claimed, 1, anna).broken(),
              rules{no_loss});
    EXPECT_EQ(story{}
                  .row(audited::enqueued)
                  .row(audited::claimed, 1, anna)
                  .row(audited::buried, 1, anna)
                  .broken(),
              rules{no_loss})
        << "buried, and not among the dead";
}

TEST(HistoryRules, AnItemThatTheAuditDoesNotKnowIsSeen) {
    EXPECT_EQ(story{}.done().item(2).row(audited::present).broken(), rules{no_loss});
    EXPECT_EQ(story{}.done().row(audited::present, 1).broken(), rules{no_loss});
    EXPECT_EQ(story{}.done().item(2).row(audited::dead).broken(), rules{no_loss});
    EXPECT_EQ(story{}.row(audited::claimed, 1, anna).row(audited::completed, 1, anna).broken(),
              rules{no_loss});
    EXPECT_EQ(story{}.row(audited::enqueued).row(audited::enqueued).row(audited::present).broken(),
              rules{no_loss});
}

TEST(HistoryRules, AnItemThatLiesThereOtherwiseThanTheAuditLeftItIsSeen) {
    EXPECT_EQ(story{}.row(audited::enqueued).row(audited::present, 1).broken(), rules{holder});
    EXPECT_EQ(story{}.row(audited::enqueued).row(audited::present, 0, anna).broken(),
              rules{holder});
}

TEST(HistoryRules, AnItemThatDiedBeforeTheAuditMayComeBack) {
    EXPECT_EQ(story{}.row(audited::forgotten, 3).done().broken(), rules{});
}

TEST(HistoryRules, AnItemThatTookTooLongIsSeen) {
    EXPECT_EQ(story{}.done().within(2s).broken(), rules{});
    EXPECT_EQ(story{}.done().within(1s).broken(), rules{in_time});
    const auto waiting = [] { return story{}.row(audited::enqueued).row(audited::present); };
    EXPECT_EQ(waiting().within(1s).broken(), rules{});
    EXPECT_EQ(waiting().within(0s).broken(), rules{in_time});
}

// Above what an owner may have shown who claimed by the lease and ended without a word.
TEST(HistoryRules, ATokenMayRiseToTheFirstAboveATokenBase) {
    constexpr std::int64_t base = 5 << 20;
    const auto broken = [](std::int64_t second) {
        return story{}
            .row(audited::enqueued)
            .row(audited::claimed, 1, anna)
            .row(audited::returned, 1, anna)
            .row(audited::claimed, second, anna)
            .row(audited::completed, second, anna)
            .broken();
    };
    EXPECT_EQ(broken(2), std::vector<std::string>{});
    EXPECT_EQ(broken(base + 1), std::vector<std::string>{});
    EXPECT_EQ(broken(3), std::vector<std::string>{test::tokens});
    EXPECT_EQ(broken(base), std::vector<std::string>{test::tokens});
    EXPECT_EQ(broken(base + 2), std::vector<std::string>{test::tokens});
}

}  // namespace
}  // namespace leasehold
