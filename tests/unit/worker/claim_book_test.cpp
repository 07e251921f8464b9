#include "worker/claim_book.hpp"

#include <gtest/gtest.h>

namespace leasehold {
namespace {

using namespace std::chrono_literals;

const session_id me{*uuid_from("10000000-0000-4000-8000-000000000000")};
const session_id next_me{*uuid_from("20000000-0000-4000-8000-000000000000")};
const steady_time start{100s};
const vacate_times times{.drain = 5s, .stop_grace = 1s};

claim claim_in(std::int32_t part, std::int64_t fence = 1) {
    claim one;
    one.held.id = random_item_id();
    one.held.part = {part};
    one.session = me;
    one.fence = {fence};
    return one;
}

struct ClaimBook : testing::Test {
    claim_book book{2, 100};
    void SetUp() override {
        book.begin(me);
        book.grant(me, {{{0}, {1}}, {{1}, {1}}});
    }
    void finish_all() { book.forget(book.take_finished(1000)); }
};

TEST_F(ClaimBook, NoMoreRunThanThereAreSlots) {
    book.add({claim_in(0), claim_in(0), claim_in(1)});
    const auto first = book.start_next(start);
    const auto second = book.start_next(start);
    ASSERT_TRUE(first && second);
    EXPECT_FALSE(book.start_next(start));
    EXPECT_TRUE(book.finish(*first, complete{}, start));
    EXPECT_TRUE(book.start_next(start));
}

TEST_F(ClaimBook, APartIsVacatedOnlyWhenItsLastClaimIsAcknowledged) {
    book.add({claim_in(0)});
    const auto one = book.start_next(start);
    EXPECT_FALSE(book.vacate(me, {0}, start, times));
    EXPECT_TRUE(book.finish(*one, complete{}, start));
    EXPECT_FALSE(book.vacate(me, {0}, start, times));
    const auto ended = book.take_finished(10);
    EXPECT_FALSE(book.vacate(me, {0}, start, times));
    book.forget(ended);
    EXPECT_TRUE(book.vacate(me, {0}, start, times));
}

// Whoever waits for it need not look again and again.
TEST(ClaimBookOnItsOwn, TellsWhenAPartThatIsToBeVacatedIsEmpty) {
    int told = 0;
    claim_book book{2, 100, [&] { ++told; }};
    book.begin(me);
    book.grant(me, {{{0}, {1}}, {{1}, {1}}});
    book.enter({{0}, {1}});
    book.add({claim_in(0), claim_in(0), claim_in(1)});
    book.leave({{0}, {1}});
    book.forget(book.take_finished(10));
    const auto first = book.start_next(start);
    const auto second = book.start_next(start);
    EXPECT_TRUE(book.finish_acknowledged(*first, start));
    book.forget(first->held);
    EXPECT_EQ(told, 0) << "it stays";
    EXPECT_FALSE(book.vacate(me, {0}, start, times));
    EXPECT_FALSE(book.vacate(me, {1}, start, times)) << "released, and not yet acknowledged";
    EXPECT_TRUE(book.finish_acknowledged(*second, start));
    book.forget(second->held);
    EXPECT_EQ(told, 1);
    book.forget(book.take_finished(10));
    EXPECT_EQ(told, 2);
    EXPECT_TRUE(book.vacate(me, {0}, start, times));
    EXPECT_TRUE(book.vacate(me, {1}, start, times));
}

// Its claim is gone from the database then, and not by the transaction that was to end it.
TEST_F(ClaimBook, ARunReleasedUnderItsHandlerIsNoLongerRunning) {
    book.add({claim_in(0)});
    const auto one = book.start_next(start);
    EXPECT_TRUE(book.is_running(*one));
    book.vacate(me, {0}, start, times);
    EXPECT_TRUE(book.is_running(*one));
    book.vacate(me, {0}, start + times.drain + times.stop_grace, times);
    EXPECT_FALSE(book.is_running(*one));
}

// Its claims are another's to free: whoever asks in its name has not heard yet.
TEST_F(ClaimBook, APartOfASessionThatIsOverIsNotVacated) {
    book.add({claim_in(0)});
    const auto one = book.start_next(start);
    EXPECT_TRUE(book.end(me));
    EXPECT_FALSE(book.vacate(me, {0}, start, times));
    book.begin(next_me);
    EXPECT_FALSE(book.vacate(me, {0}, start, times));
    EXPECT_TRUE(book.vacate(next_me, {0}, start, times));
    EXPECT_TRUE(book.finish(*one, complete{}, start));
}

TEST_F(ClaimBook, ACancelledRunEndsAsCancelledUnlessItCameToItsEnd) {
    book.add({claim_in(0), claim_in(1)});
    const auto first = book.start_next(start);
    const auto second = book.start_next(start + 1s);
    EXPECT_EQ(book.running_since(start).size(), 1U) << "the second has only begun";
    EXPECT_EQ(book.running_since(start + 1s).size(), 2U);
    const std::vector<claim> asked{first->held, second->held};
    book.cancel_runs(asked);
    EXPECT_TRUE(first->stop.stop_requested());
    EXPECT_TRUE(book.running_since(start + 1s).empty()) << "told already";
    EXPECT_TRUE(book.finish(*first, retry{.error = "stopped"}, start));
    EXPECT_TRUE(book.finish(*second, complete{}, start));
    const auto ended = book.take_finished(10);
    ASSERT_EQ(ended.size(), 2U);
    EXPECT_TRUE(std::holds_alternative<cancel>(ended[0].wish));
    EXPECT_TRUE(std::holds_alternative<complete>(ended[1].wish));
}

TEST_F(ClaimBook, AClaimThatIsToBeCancelledIsEndedWithoutARun) {
    auto one = claim_in(0);
    one.cancel_asked = true;
    book.add({one});
    EXPECT_FALSE(book.start_next(start));
    const auto ended = book.take_finished(10);
    ASSERT_EQ(ended.size(), 1U);
    EXPECT_TRUE(std::holds_alternative<cancel>(ended[0].wish));
    EXPECT_FALSE(book.vacate(me, {0}, start, times));
    book.forget(ended);
    EXPECT_TRUE(book.vacate(me, {0}, start, times));
}

TEST_F(ClaimBook, APartIsNotVacatedWhileItIsBeingClaimedFrom) {
    EXPECT_EQ(book.enter({{0}}), (std::vector<part_id>{{0}}));
    EXPECT_FALSE(book.vacate(me, {0}, start, times));
    EXPECT_TRUE(book.enter({{0}}).empty());  // closed to further claims
    book.leave({{0}});
    EXPECT_TRUE(book.vacate(me, {0}, start, times));
}

TEST_F(ClaimBook, VacatingReleasesWhatWaitsAtOnceAndWhatRunsInTheEnd) {
    book.add({claim_in(0), claim_in(0), claim_in(0)});
    const auto one = book.start_next(start);
    const auto two = book.start_next(start);
    EXPECT_FALSE(book.vacate(me, {0}, start, times));
    EXPECT_EQ(book.load().unacknowledged, 1);  // the one that waited
    finish_all();
    EXPECT_FALSE(book.vacate(me, {0}, start + 4999ms, times));
    EXPECT_FALSE(one->stop.stop_requested());
    EXPECT_FALSE(book.vacate(me, {0}, start + 5s, times));
    EXPECT_TRUE(one->stop.stop_requested());
    EXPECT_TRUE(book.finish(*two, complete{}, start));
    finish_all();
    EXPECT_FALSE(book.vacate(me, {0}, start + 6s, times));  // given up: its release is on its way
    finish_all();
    EXPECT_TRUE(book.vacate(me, {0}, start + 6s, times));
    EXPECT_FALSE(book.finish(*one, complete{}, start + 7s));  // lost, and told so
}

// A handler that does not end keeps its thread: nothing more can be started there.
TEST_F(ClaimBook, AReleasedClaimsHandlerStillHoldsItsSlot) {
    book.add({claim_in(0), claim_in(0)});
    const auto one = book.start_next(start);
    const auto two = book.start_next(start);
    book.vacate(me, {0}, start, times);
    book.vacate(me, {0}, start + 6s, times);
    finish_all();
    book.add({claim_in(1)});
    EXPECT_EQ(book.load().running, 2);
    EXPECT_FALSE(book.start_next(start));
    EXPECT_FALSE(book.finish(*one, complete{}, start));
    EXPECT_EQ(book.load().running, 1);
    EXPECT_TRUE(book.start_next(start));
}

TEST_F(ClaimBook, AResumedPartIsOpenAgain) {
    book.enter({{0}});
    book.vacate(me, {0}, start, times);
    book.leave({{0}});
    book.resume({0});
    EXPECT_EQ(book.open_parts(), (std::vector<part_id>{{0}, {1}}));
}

TEST_F(ClaimBook, AfterTheSessionItsHandlersAreToldAndTheirOutcomesKept) {
    book.add({claim_in(0), claim_in(0), claim_in(0)});
    const auto one = book.start_next(start);
    book.start_next(start);
    EXPECT_TRUE(book.end(me));
    EXPECT_FALSE(book.end(me));
    EXPECT_TRUE(one->stop.stop_requested());
    EXPECT_FALSE(book.has_waiting());
    EXPECT_TRUE(book.open_parts().empty());
    EXPECT_TRUE(book.finish(*one, complete{}, start));
    const auto ended = book.take_finished(10);
    ASSERT_EQ(ended.size(), 1U);
    EXPECT_EQ(ended[0].held.session, me);
}

TEST_F(ClaimBook, LeasesAndClaimsOfAnEarlierSessionAreNotTakenOver) {
    book.end(me);
    book.begin(next_me);
    book.grant(me, {{{0}, {1}}});
    book.add({claim_in(0)});
    EXPECT_TRUE(book.open_parts().empty());
    EXPECT_FALSE(book.has_waiting());
}

// A claim whose answer was lost is asked for again; what came through before is not run twice.
TEST_F(ClaimBook, AClaimIsAddedOnce) {
    const auto one = claim_in(0);
    book.add({one});
    book.add({one});
    EXPECT_TRUE(book.start_next(start));
    EXPECT_FALSE(book.start_next(start));
    book.add({one});
    EXPECT_FALSE(book.has_waiting());
}

TEST_F(ClaimBook, WhenClaimingStopsNothingStartsAndWhatWaitsIsReleased) {
    book.add({claim_in(0), claim_in(1)});
    const auto one = book.start_next(start);
    book.stop_claiming();
    EXPECT_TRUE(one->stop.stop_requested());
    EXPECT_FALSE(book.start_next(start));
    EXPECT_TRUE(book.open_parts().empty());
    const auto ended = book.take_finished(10);
    ASSERT_EQ(ended.size(), 1U);
    EXPECT_TRUE(std::holds_alternative<release>(ended[0].wish));
}

TEST_F(ClaimBook, AnAcknowledgementThatFailedIsStillToBeMade) {
    book.add({claim_in(0)});
    book.finish(*book.start_next(start), complete{}, start);
    book.put_back(book.take_finished(10));
    EXPECT_EQ(book.load().unacknowledged, 1);
    EXPECT_FALSE(book.is_empty());
    finish_all();
    EXPECT_TRUE(book.is_empty());
}

TEST_F(ClaimBook, MeasuresTheHandlersTime) {
    EXPECT_FALSE(book.load().handler_time);
    book.add({claim_in(0), claim_in(0)});
    book.finish(*book.start_next(start), complete{}, start + 10ms);
    EXPECT_EQ(book.load().handler_time, 10ms);
    book.finish(*book.start_next(start), complete{}, start + 20ms);
    EXPECT_EQ(book.load().handler_time, 11ms);
}

/// The last claims wait for a slot that is not coming.
TEST_F(ClaimBook, TheLastOfTheWaitingGoBackFirst) {
    const auto first = claim_in(0);
    book.add({first, claim_in(0), claim_in(1)});
    book.release_last(2);
    EXPECT_EQ(book.load().waiting, 1);
    EXPECT_EQ(book.take_finished(10).size(), 2U);
    EXPECT_EQ(book.start_next(start)->held.held.id, first.held.id);
    book.release_last(5);
    EXPECT_TRUE(book.take_finished(10).empty());
}

struct HelpInTheBook : ClaimBook {
    const part_id foreign{7};
    void help_with_one_claim() {
        ASSERT_TRUE(book.enter_help(me, foreign));
        book.add({claim_in(foreign.value)});
        book.leave_help(foreign, true);
    }
};

TEST_F(HelpInTheBook, AHelpedPartIsNeitherOpenNorOwn) {
    help_with_one_claim();
    const std::vector<part_id> mine{{0}, {1}};
    EXPECT_EQ(book.open_parts(), mine);
    EXPECT_EQ(book.own_parts(), mine);
    EXPECT_TRUE(book.enter({foreign}).empty());
    EXPECT_EQ(book.helped_parts(), std::vector<part_id>{foreign});
    EXPECT_TRUE(book.helps_in(foreign));
    EXPECT_FALSE(book.helps_in({0}));
}

TEST_F(HelpInTheBook, WhoEntersAndGetsNothingWasNeverThere) {
    ASSERT_TRUE(book.enter_help(me, foreign));
    EXPECT_FALSE(book.helps_in(foreign)) << "there is no lease yet";
    EXPECT_TRUE(book.idle_help().empty()) << "nobody may end it meanwhile";
    book.leave_help(foreign, false);
    EXPECT_FALSE(book.helps());
}

TEST_F(HelpInTheBook, APartHelpedInIsIdleOnceItsLastClaimHasEnded) {
    help_with_one_claim();
    const auto one = book.start_next(start);
    EXPECT_TRUE(book.idle_help().empty());
    EXPECT_TRUE(book.finish(*one, complete{}, start));
    EXPECT_TRUE(book.idle_help().empty());
    book.end_help({foreign});
    EXPECT_TRUE(book.helps()) << "not while a claim is to be acknowledged";
    finish_all();
    EXPECT_EQ(book.idle_help(), std::vector<part_id>{foreign});
    book.end_help({foreign});
    EXPECT_FALSE(book.helps());
}

TEST_F(HelpInTheBook, NobodyHelpsInPartsOfItsOwnOrForAnotherSession) {
    EXPECT_FALSE(book.enter_help(me, {0}));
    EXPECT_FALSE(book.enter_help(next_me, foreign));
    book.stop_claiming();
    EXPECT_FALSE(book.enter_help(me, foreign));
}

TEST_F(HelpInTheBook, AHelpedPartThatIsGrantedGoesOnAsItsOwnWithItsClaims) {
    help_with_one_claim();
    book.grant(me, {{foreign, {4}}});
    EXPECT_FALSE(book.helps());
    book.end_help({foreign});
    EXPECT_EQ(book.own_parts().size(), 3U);
    EXPECT_FALSE(book.vacate(me, foreign, start, times));
    finish_all();
    EXPECT_TRUE(book.vacate(me, foreign, start, times));
}

// Granted between the helper's claim and its coming into the book.
TEST_F(HelpInTheBook, AGrantWhileItClaimsToHelpIsNotUndone) {
    ASSERT_TRUE(book.enter_help(me, foreign));
    book.grant(me, {{foreign, {4}}});
    EXPECT_FALSE(book.vacate(me, foreign, start, times)) << "somebody is in there";
    book.leave_help(foreign, false);
    EXPECT_EQ(book.own_parts().size(), 3U);
    EXPECT_TRUE(book.vacate(me, foreign, start, times));
}

// Whoever vacates means a lease of the owner's, and that is not here.
TEST_F(HelpInTheBook, VacatingDoesNotTouchHelp) {
    help_with_one_claim();
    EXPECT_TRUE(book.vacate(me, foreign, start, times));
    EXPECT_EQ(book.load().waiting, 1);
    EXPECT_TRUE(book.helps_in(foreign));
}

TEST_F(HelpInTheBook, WhoStopsHelpingGivesBackWhatWaitsAndWhatOutlastsTheDrain) {
    book.add({claim_in(0)});
    const auto own = book.start_next(start);
    ASSERT_TRUE(book.enter_help(me, foreign));
    book.add({claim_in(foreign.value), claim_in(foreign.value)});
    book.leave_help(foreign, true);
    const auto run_there = book.start_next(start);
    book.stop_helping(start, times);
    EXPECT_EQ(book.load().waiting, 0);
    finish_all();
    book.stop_helping(start + 4999ms, times);
    EXPECT_FALSE(run_there->stop.stop_requested());
    book.stop_helping(start + 5s, times);
    EXPECT_TRUE(run_there->stop.stop_requested());
    EXPECT_TRUE(book.idle_help().empty());
    book.stop_helping(start + 6s, times);
    finish_all();
    EXPECT_EQ(book.idle_help(), std::vector<part_id>{foreign});
    EXPECT_FALSE(book.finish(*run_there, complete{}, start + 7s));
    EXPECT_TRUE(book.is_running(*own));
}

TEST_F(HelpInTheBook, TheEndOfTheSessionIsTheEndOfItsHelp) {
    help_with_one_claim();
    EXPECT_TRUE(book.end(me));
    EXPECT_FALSE(book.helps());
}

TEST_F(HelpInTheBook, ClosedPartsAreThoseThatAreVacatedOrAllOnceNothingIsClaimed) {
    EXPECT_TRUE(book.closed_parts().empty());
    book.add({claim_in(1)});
    EXPECT_FALSE(book.vacate(me, {1}, start, times));
    EXPECT_EQ(book.closed_parts(), std::vector<part_id>{part_id{1}});
    EXPECT_EQ(book.own_parts().size(), 2U);
    book.resume({1});
    EXPECT_TRUE(book.closed_parts().empty());
    book.stop_claiming();
    EXPECT_EQ(book.closed_parts().size(), 2U);
}

}  // namespace
}  // namespace leasehold
