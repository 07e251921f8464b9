// Help as a runner gives it and asks for it.

#include "tests/unit/worker/runner_seat.hpp"
#include "worker/runner.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <iterator>
#include <map>
#include <optional>
#include <set>
#include <utility>

namespace leasehold {
namespace {

using namespace std::chrono_literals;

using parts = std::vector<part_id>;

/// A queue whose parts hold so many items each, for owners and helpers alike.
struct shared_queue final : item_calls {
    test::fake_clock& time;
    session_id me{};
    std::map<part_id, int> items{};
    std::map<part_id, steady_time> due_since{};
    parts wanted{};                     ///< by other sessions
    std::vector<help_request> asked{};  ///< by this one
    std::vector<help_round> rounds{};
    parts ended{};
    std::set<part_id> leases{};  ///< under which this one helps
    int looks_for_waits = 0;
    int looks_for_wanted = 0;
    std::map<part_id, sql_failure> fails{};
    bool in_doubt = false;
    bool remembers_claims = true;
    std::vector<claim> taken{};  ///< and not ended, since nobody here ends them

    explicit shared_queue(test::fake_clock& clock) : time(clock) {}

    std::vector<claim> take(part_id part, int count) {
        std::vector<claim> claims;
        for (; count > 0 && items[part] > 0; --count, --items[part]) {
            claim one{.session = me, .fence = {1}};
            one.held.id = random_item_id();
            one.held.part = part;
            claims.push_back(one);
            taken.push_back(one);
        }
        return claims;
    }
    std::vector<lease> claim_by_lease(const session_id&, const std::vector<part_id>&) override {
        return {};
    }
    void claim_by_row(const session_id&, const std::vector<part_id>&,
                      std::span<const claim>) override {}
    void came(const parts&) override {}
    std::vector<part_head> due(const parts& of) override {
        std::vector<part_head> heads;
        for (const auto part : of) {
            if (items[part] > 0) {
                heads.push_back({part, 0, 0});
            }
        }
        return heads;
    }
    doubtful<claimed> claim_from(const session_id&, const std::vector<part_share>& of) override {
        doubtful<claimed> made;
        for (const auto& one : of) {
            made.answer.take(one.part, {.claims = take(one.part, one.claims_max)});
        }
        return made;
    }
    std::vector<claim> cancel_asked(std::span<const claim>) override { return {}; }
    std::vector<claim> held(const session_id&, const parts&) override {
        return remembers_claims ? taken : std::vector<claim>{};
    }
    doubtful<std::vector<ack_result>> acknowledge(std::span<const ack_request> all) override {
        return {.answer = {all.size(), ack_result::acknowledged}};
    }
    std::vector<part_wait> waits(const parts& of) override {
        ++looks_for_waits;
        std::vector<part_wait> all;
        for (const auto part : of) {
            if (items[part] > 0) {
                all.push_back({part, std::chrono::duration_cast<std::chrono::microseconds>(
                                         time.now() - due_since[part])});
            }
        }
        return all;
    }
    void ask_for_help(const help_request& what) override { asked.push_back(what); }
    parts wanted_help(const session_id&, int) override {
        ++looks_for_wanted;
        parts open;
        std::copy_if(wanted.begin(), wanted.end(), std::back_inserter(open),
                     [&](part_id part) { return !leases.contains(part); });
        return open;
    }
    doubtful<claimed> help(const help_round& round) override {
        rounds.push_back(round);
        if (const auto found = fails.find(round.part); found != fails.end()) {
            throw sql_failure{found->second};
        }
        doubtful<claimed> made{.answer = {.claims = take(round.part, round.wanted)}};
        if (!made.answer.claims.empty()) {
            leases.insert(round.part);
        }
        if (in_doubt && !made.answer.claims.empty()) {
            made = {.doubt = sql_failure{sql_failure_kind::in_doubt, "08006", "gone"}};
        }
        return made;
    }
    void end_help(const session_id&, const parts& in) override {
        ended.insert(ended.end(), in.begin(), in.end());
        for (const auto part : in) {
            leases.erase(part);
        }
    }
    commit_fate fate(const std::string&, std::span<const claim>) override {
        return commit_fate::unknown;
    }
    void wait(milliseconds) override {}
};

struct HelpingRunner : runner_seat {
    shared_queue server{time};
    const queue_info queue{.name = "jobs", .part_count = 8, .help_delay = 50ms, .helpers_max = 2};
    claim_ways ways;
    runner works{server,   queue,  {.slots = 2, .poll = 10'000ms},
                 sessions, book,   ways,
                 counters, events, time,
                 [] {}};
    const part_id own{0};
    const part_id foreign{7};

    void SetUp() override {
        sessions.tick();
        server.me = *book.session();
        book.grant(server.me, {{own, {1}}, {{1}, {1}}});
    }
    void put(part_id part, int count) {
        server.items[part] += count;
        server.due_since[part] = time.now();
    }
    /// Runs all that is claimed, for as long as the test likes.
    std::vector<std::shared_ptr<run>> start_all() {
        std::vector<std::shared_ptr<run>> runs;
        while (auto one = book.start_next(time.now())) {
            runs.push_back(std::move(one));
        }
        return runs;
    }
    void end(const std::vector<std::shared_ptr<run>>& runs) {
        for (const auto& one : runs) {
            EXPECT_TRUE(book.finish(*one, complete{}, time.now()));
        }
    }
    /// The session stays alive meanwhile.
    void pass(milliseconds span) {
        for (; span > 0ms; span -= 1s) {
            time.advance(std::min(span, milliseconds{1s}));
            sessions.tick();
        }
    }
    /// Ticks whenever the runner wants to.
    void go_on_for(milliseconds span) {
        const auto until = time.now() + span;
        while (time.now() < until) {
            const auto next = std::clamp(works.tick(), time.now() + 1ms, until);
            pass(std::chrono::ceil<milliseconds>(next - time.now()));
        }
        works.tick();
    }
};

struct AskingRunner : HelpingRunner {};
struct GivingRunner : HelpingRunner {};

TEST_F(AskingRunner, WithFullSlotsAsksOnceAnItemHasWaitedForTheDelay) {
    put(own, 3);
    works.tick();
    EXPECT_EQ(start_all().size(), 2U);
    go_on_for(49ms);
    EXPECT_TRUE(server.asked.empty());
    go_on_for(1ms);
    ASSERT_EQ(server.asked.size(), 1U);
    EXPECT_EQ(server.asked[0].wanted, parts{own});
    EXPECT_TRUE(server.asked[0].tell);
}

// What was put in long ago, all at once, has waited when the first of it is claimed.
TEST_F(AskingRunner, DoesNotAskBeforeItsFirstHandlersHaveRunForAWhile) {
    put(own, 3);
    pass(1s);
    works.tick();
    EXPECT_TRUE(server.asked.empty()) << "none has begun";
    start_all();
    go_on_for(19ms);
    EXPECT_TRUE(server.asked.empty());
    go_on_for(1ms);
    ASSERT_EQ(server.asked.size(), 1U);
    EXPECT_EQ(server.asked[0].wanted, parts{own});
}

TEST_F(AskingRunner, RenewsWhatItAskedForBeforeItLapsesAndTellsNobodyTwice) {
    put(own, 3);
    works.tick();
    start_all();
    go_on_for(60ms);
    auto last = time.now();
    for (int i = 0; i < 500; ++i) {
        const auto before = server.asked.size();
        go_on_for(20ms);
        if (server.asked.size() > before) {
            EXPECT_FALSE(server.asked.back().tell);
            last = time.now();
        }
        ASSERT_LT(time.now(), last + 1'900ms) << "it lapses after 2 s";
    }
    EXPECT_LE(server.asked.size(), 16U) << "about one a second";
    EXPECT_LE(server.looks_for_waits, 20);
}

TEST_F(AskingRunner, AnotherPartIsAReasonToTellAgain) {
    put(own, 3);
    works.tick();
    start_all();
    go_on_for(60ms);
    put({1}, 1);
    go_on_for(1'100ms);
    EXPECT_TRUE(std::any_of(server.asked.begin() + 1, server.asked.end(), [](const auto& one) {
        return one.tell && one.wanted == parts{{0}, {1}};
    }));
}

TEST_F(AskingRunner, TakesItsWordBackOnceNothingWaits) {
    put(own, 3);
    works.tick();
    start_all();
    go_on_for(60ms);
    ASSERT_EQ(server.asked.size(), 1U);
    server.items.clear();  // helpers came
    go_on_for(1'100ms);
    EXPECT_TRUE(server.asked.back().wanted.empty());
    EXPECT_EQ(server.asked.back().withdrawn, parts{own});
    const auto words = server.asked.size();
    go_on_for(5s);
    EXPECT_EQ(server.asked.size(), words);
}

TEST_F(AskingRunner, WithAFreeSlotAsksNobody) {
    put(own, 1);
    works.tick();
    start_all();
    go_on_for(1s);
    EXPECT_EQ(server.looks_for_waits, 0);
    EXPECT_TRUE(server.asked.empty());
}

// Its owner claims nothing there, whatever slots are free.
TEST_F(AskingRunner, ForAPartThatIsBeingVacatedAsksInAnyCase) {
    put(own, 1);
    works.tick();
    start_all();
    EXPECT_FALSE(book.vacate(server.me, own, time.now(), {.drain = 30s, .stop_grace = 1s}));
    put(own, 2);
    put({1}, 0);
    go_on_for(60ms);
    ASSERT_EQ(server.asked.size(), 1U);
    EXPECT_EQ(server.asked[0].wanted, parts{own});
}

TEST_F(AskingRunner, WhoseHandlersAreQuickGetsByAloneUntilTheyHang) {
    for (int i = 0; i < 20; ++i) {
        put(own, 2);
        works.tick();
        const auto runs = start_all();
        time.advance(1ms);
        end(runs);
    }
    put(own, 1'000);
    works.tick();
    start_all();
    go_on_for(99ms);
    EXPECT_TRUE(server.asked.empty());
    EXPECT_GT(book.load().waiting, 0) << "claimed ahead";
    go_on_for(250ms);
    EXPECT_FALSE(server.asked.empty());
    EXPECT_EQ(book.load().waiting, 0) << "and given back";
}

TEST_F(AskingRunner, InAQueueWithoutHelpNobodyAsksOrLooks) {
    works.told({.help_delay = 50ms, .helpers_max = 0});
    put(own, 3);
    server.wanted = {foreign};
    go_on_for(1s);
    start_all();
    go_on_for(10s);
    EXPECT_EQ(server.looks_for_waits, 0);
    EXPECT_EQ(server.looks_for_wanted, 0);
    EXPECT_TRUE(server.asked.empty());
}

TEST_F(GivingRunner, AnIdleSessionTakesNoMoreThanItsFreeSlotsCanRun) {
    put(foreign, 5);
    server.wanted = {foreign};
    works.tick();
    ASSERT_EQ(server.rounds.size(), 1U);
    EXPECT_EQ(server.rounds[0].wanted, 2);
    EXPECT_FALSE(server.rounds[0].has_lease);
    EXPECT_EQ(start_all().size(), 2U);
    EXPECT_EQ(counters.summary().helped, 2);
    EXPECT_TRUE(book.helps_in(foreign));
}

TEST_F(GivingRunner, GoesOnUnderTheSameLeaseAndLetsGoOnceNothingIsLeft) {
    put(foreign, 3);
    server.wanted = {foreign};
    works.tick();
    end(start_all());
    works.tick();
    ASSERT_EQ(server.rounds.size(), 2U);
    EXPECT_TRUE(server.rounds[1].has_lease);
    EXPECT_TRUE(server.ended.empty());
    server.wanted.clear();
    end(start_all());
    works.tick();
    EXPECT_EQ(server.ended, parts{foreign});
    EXPECT_FALSE(book.helps());
}

TEST_F(GivingRunner, WithWorkOfItsOwnHelpsNobodyAndLetsGo) {
    put(foreign, 5);
    server.wanted = {foreign};
    works.tick();
    const auto helped = start_all();
    put(own, 5);
    pass(20s);  // its next look into parts of its own is due
    end(helped);
    works.tick();
    EXPECT_EQ(server.rounds.size(), 1U);
    EXPECT_EQ(server.ended, parts{foreign});
    EXPECT_EQ(server.items[own], 3);
}

TEST_F(GivingRunner, LooksForWantedHelpAtThePaceOfItsPollsOrWhenItHears) {
    works.tick();
    EXPECT_EQ(server.looks_for_wanted, 1);
    go_on_for(7s);
    EXPECT_EQ(server.looks_for_wanted, 1);
    works.help_was_asked();
    works.tick();
    EXPECT_EQ(server.looks_for_wanted, 2);
    go_on_for(7s);
    EXPECT_EQ(server.looks_for_wanted, 2);
    go_on_for(13s);
    EXPECT_GE(server.looks_for_wanted, 3);
    EXPECT_LE(server.looks_for_wanted, 5);
}

TEST_F(GivingRunner, WhatItHeardWhileBusyItLooksForOnceItIsIdle) {
    put(own, 2);
    works.tick();
    const auto runs = start_all();
    works.help_was_asked();
    works.tick();
    EXPECT_EQ(server.looks_for_wanted, 0);
    put(foreign, 1);
    server.wanted = {foreign};
    end(runs);
    works.tick();
    EXPECT_EQ(server.rounds.size(), 1U);
}

// What is due there waits for its key.
TEST_F(GivingRunner, APartThatGivesNothingIsLeftAloneForLongerAndLonger) {
    server.wanted = {foreign};
    for (int i = 0; i < 100; ++i) {
        go_on_for(100ms);
    }
    EXPECT_LE(server.rounds.size(), 2U);
    works.help_was_asked();
    const auto before = server.rounds.size();
    works.tick();
    EXPECT_EQ(server.rounds.size(), before + 1) << "somebody says that it is worth a try";
    EXPECT_FALSE(book.helps());
}

TEST_F(GivingRunner, WhereOthersAreQuickerItTriesTheNextPart) {
    const part_id other{6};
    server.wanted = {foreign, other};
    put(foreign, 1);
    put(other, 1);
    for (const char* code : {"40001", "23505", "23503"}) {
        const auto kind = code[0] == '4' ? sql_failure_kind::retry : sql_failure_kind::refused;
        server.fails.insert_or_assign(foreign, sql_failure{kind, code, "too late"});
        put(other, 1);
        works.help_was_asked();
        EXPECT_NO_THROW(works.tick());
        EXPECT_FALSE(book.helps_in(foreign));
        EXPECT_TRUE(book.helps_in(other));
        end(start_all());
        works.tick();
    }
    server.fails.insert_or_assign(foreign, sql_failure{sql_failure_kind::reconnect, "", "away"});
    works.help_was_asked();
    EXPECT_THROW(works.tick(), sql_failure);
    EXPECT_FALSE(book.helps_in(foreign));
}

TEST_F(GivingRunner, ClaimsInDoubtAreKeptWhenTheItemsShowThem) {
    put(foreign, 1);
    server.wanted = {foreign};
    server.in_doubt = true;
    works.tick();
    EXPECT_TRUE(book.helps_in(foreign));
    EXPECT_EQ(start_all().size(), 1U);
}

TEST_F(GivingRunner, ClaimsInDoubtThatNobodyHoldsLeaveNoLease) {
    put(foreign, 1);
    server.wanted = {foreign};
    server.in_doubt = true;
    server.remembers_claims = false;
    EXPECT_THROW(works.tick(), sql_failure);
    EXPECT_FALSE(book.helps());
    EXPECT_TRUE(start_all().empty());
}

TEST_F(GivingRunner, WhoDrainsBeginsNoHelpAndEndsItsLeasesWithTheirClaims) {
    put(foreign, 5);
    server.wanted = {foreign};
    works.tick();
    const auto runs = start_all();
    book.stop_claiming();
    works.help_was_asked();
    works.tick();
    EXPECT_EQ(server.rounds.size(), 1U);
    EXPECT_TRUE(book.helps());
    end(runs);
    works.tick();
    EXPECT_EQ(server.ended, parts{foreign});
    EXPECT_FALSE(book.helps());
}

TEST_F(GivingRunner, InAPausedQueueNobodyClaimsAnything) {
    works.told({.paused = true, .help_delay = 50ms, .helpers_max = 2});
    book.pause(true);
    put(own, 2);
    put(foreign, 2);
    server.wanted = {foreign};
    works.help_was_asked();
    go_on_for(30s);
    EXPECT_TRUE(start_all().empty());
    EXPECT_EQ(server.looks_for_wanted, 0);
}

}  // namespace
}  // namespace leasehold
