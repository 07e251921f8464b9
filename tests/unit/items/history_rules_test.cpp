// Each rule passes a true history, and sees the one thing it is for in a forged one.

#include "items/history_rules.hpp"

#include <gtest/gtest.h>

#include <algorithm>

namespace leasehold {
namespace {

using namespace std::chrono_literals;

constexpr std::int64_t second = 1'000'000;

boost::uuids::uuid uuid_of(std::uint8_t last) {
    boost::uuids::uuid made{};
    made.data[15] = last;
    return made;
}
const session_id anna{uuid_of(0xa)};
const session_id bert{uuid_of(0xb)};

/// A history of part 0, in the order in which it is told: a second lies between two rows.
class story {
public:
    story() {
        owns(anna);
        coverage_.push_back({.part = {0}, .on_at_us = 0, .switched_on = 1, .firing = 4});
    }

    story& owns(const session_id& who) {
        log_.push_back({.part = {0}, .term = {++epoch_}, .to = who, .at_us = now()});
        return *this;
    }
    story& lets_go(const session_id& who) {
        log_.push_back({.part = {0}, .term = {epoch_}, .from = who, .at_us = now()});
        return *this;
    }
    story& item(std::uint8_t number) {
        item_ = {uuid_of(number)};
        return *this;
    }
    story& row(audited what, std::int64_t token = 0, std::optional<session_id> who = {}) {
        const bool now_there = what == audited::present || what == audited::dead;
        const auto at = now();
        rows_.push_back({.item = item_,
                         .seq = now_there ? INT64_MAX : at,
                         .what = what,
                         .session = who,
                         .fence = {token},
                         .at_us = at});
        return *this;
    }
    /// Enqueued, then done under token 1 by anna.
    story& done() {
        return row(audited::enqueued)
            .row(audited::claimed, 1, anna)
            .row(audited::completed, 1, anna);
    }
    story& hears(told what, std::int64_t token, const session_id& who,
                 asked change = asked::completed) {
        const auto at = now();
        told_.push_back({.item = item_,
                         .session = who,
                         .fence = {token},
                         .wall_us = at,
                         .steady_us = at,
                         .line = ++line_,
                         .what = what,
                         .change = change});
        return *this;
    }
    story& took(const session_id& who, std::int64_t epoch_taken) {
        told_.push_back({.session = who, .fence = {epoch_taken}, .what = told::part_taken});
        return *this;
    }
    story& covered(audit_coverage how) {
        coverage_ = {how};
        return *this;
    }
    story& within(std::chrono::seconds limit) {
        settled_within_ = limit;
        return *this;
    }

    std::vector<finding> judged() const {
        const std::vector<std::string> files =
            told_.empty() ? std::vector<std::string>{} : std::vector<std::string>{"w.jsonl"};
        history_judge judge{coverage_, log_, told_history{files, told_}, settled_within_};
        for (const auto& one : rows_) {
            judge.see(one);
        }
        return judge.verdict();
    }
    /// The rules that are broken, each with its first example.
    std::vector<std::string> broken() const {
        std::vector<std::string> names;
        for (const auto& one : judged()) {
            if (!one.holds()) {
                names.push_back(one.name);
            }
        }
        return names;
    }
    std::string example_of(const std::string& rule) const {
        for (const auto& one : judged()) {
            if (one.name == rule && !one.holds()) {
                return one.examples.front();
            }
        }
        return "";
    }

private:
    std::int64_t now() { return ++clock_ * second; }

    std::int64_t clock_{0};
    std::int64_t epoch_{0};
    std::uint32_t line_{0};
    item_id item_{uuid_of(1)};
    std::vector<audit_coverage> coverage_{};
    std::vector<ownership_change> log_{};
    std::vector<audit_event> rows_{};
    std::vector<told_event> told_{};
    std::optional<std::chrono::seconds> settled_within_{};
};

using rules = std::vector<std::string>;

const std::string covers = "the audit covers all the time";
const std::string something = "there is a history to judge";
const std::string one_owner = "a part had one owner at a time";
const std::string by_owner = "an item was claimed by the owner of its part";
const std::string tokens = "a token rises by one at each claim";
const std::string one_claim = "an item had one claim at a time";
const std::string one_end = "an item ended at most once";
const std::string holder = "a claim was ended by the claim that held";
const std::string no_loss = "no item is lost";
const std::string in_time = "every item ended in time";
const std::string in_log = "a part that a client took is in the ownership log";
const std::string under_claim = "a handler ran under a claim of the audit";
const std::string told_done = "what a client was told is acknowledged is in the audit";
const std::string told_lost = "what a client was told is lost is not in the audit";
const std::string overlaps = "a claim was over when the next run of its item began";

TEST(HistoryRules, AWholeLifeBreaksNoRule) {
    EXPECT_EQ(story{}
                  .row(audited::enqueued)
                  .row(audited::claimed, 1, anna)
                  .row(audited::returned, 1, anna)
                  .row(audited::claimed, 2, anna)
                  .row(audited::buried, 2, anna)
                  .row(audited::forgotten, 2)
                  .row(audited::enqueued)
                  .row(audited::claimed, 1, anna)
                  .row(audited::freed, 1, anna)
                  .lets_go(anna)
                  .owns(bert)
                  .row(audited::claimed, 2, bert)
                  .row(audited::spent, 2, bert)
                  .row(audited::dead, 2)
                  .item(2)
                  .row(audited::found, 7, anna)
                  .row(audited::completed, 7, anna)
                  .item(3)
                  .row(audited::enqueued)
                  .row(audited::cancelled)
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
                  .done()
                  .hears(told::acknowledged, 1, anna)
                  .broken(),
              rules{});
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
    for (const auto second_end : {audited::completed, audited::buried, audited::cancelled}) {
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
    EXPECT_EQ(claimed().row(audited::cancelled, 1).broken(), rules{holder});
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

// Clients.

TEST(HistoryRules, WhatAClientWasToldAgreesWithTheAudit) {
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

TEST(HistoryRules, AnAcknowledgementThatTheAuditDoesNotHaveIsSeen) {
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

TEST(HistoryRules, ALostAcknowledgementThatTheAuditHasIsSeen) {
    EXPECT_EQ(story{}.done().hears(told::lost, 1, anna).broken(), rules{told_lost});
    EXPECT_EQ(story{}.done().hears(told::lost, 1, anna, asked::returned).broken(),
              rules{told_lost});
    EXPECT_EQ(story{}.done().hears(told::lost, 1, bert).broken(), rules{});
}

// Its part had to move: the claim was returned under the handler, which then got no more say.
TEST(HistoryRules, AClaimReleasedUnderItsHandlerIsReturnedAndLost) {
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
TEST(HistoryRules, AnItemSpentByAReaperMayBeLostToItsHolder) {
    EXPECT_EQ(story{}
                  .row(audited::enqueued)
                  .row(audited::claimed, 1, anna)
                  .row(audited::spent, 1, anna)
                  .row(audited::dead, 1)
                  .hears(told::lost, 1, anna, asked::buried)
                  .broken(),
              rules{});
}

TEST(HistoryRules, AHandlerWithoutAClaimIsSeen) {
    EXPECT_EQ(story{}.done().hears(told::started, 2, anna).broken(), rules{under_claim});
    EXPECT_EQ(story{}.item(2).done().item(1).hears(told::started, 1, anna).broken(),
              rules{under_claim})
        << "of an item before all that the audit knows";
    EXPECT_EQ(story{}.done().item(2).hears(told::started, 1, anna).broken(), rules{under_claim})
        << "of an item behind all that the audit knows";
}

TEST(HistoryRules, APartThatTheLogDoesNotKnowIsSeen) {
    EXPECT_EQ(story{}.done().took(anna, 2).broken(), rules{in_log});
    EXPECT_EQ(story{}.done().took(bert, 1).broken(), rules{in_log});
}

TEST(HistoryRules, RunsThatOverlapAreCountedAndOnlyWrongWhileTheFirstClaimStands) {
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

TEST(HistoryRules, RunsOneAfterTheOtherDoNotOverlap) {
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
