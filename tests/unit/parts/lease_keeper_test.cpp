#include "parts/lease_keeper.hpp"

#include "parts/plan_rules.hpp"
#include "tests/support/fake_clock.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <set>

namespace leasehold {
namespace {

using namespace std::chrono_literals;

/// A queue's shared rows, seen by several keepers.
struct fake_queue {
    static constexpr int part_count = 8;
    std::int64_t generation = 1;
    std::int64_t plan = 0;
    std::optional<milliseconds> next_plan_due{0ms};
    queue_settings settings{};
    std::vector<session_row> sessions{};  ///< by id
    std::map<part_id, session_id> planned{};
    std::map<part_id, session_id> owners{};
    std::map<part_id, std::int64_t> epochs{};
    bool seats_are_kept = false;  ///< for restarts: leaving makes no other plan

    session_row& row(const session_id& id) {
        return *std::find_if(sessions.begin(), sessions.end(),
                             [&](const auto& one) { return one.id == id; });
    }
    bool stands(const session_id& id) const {
        return std::any_of(sessions.begin(), sessions.end(), [&](const auto& one) {
            return one.id == id && one.live && one.state == "live";
        });
    }
    void changed() {
        ++generation;
        next_plan_due = 0ms;
    }
    void add(const session_id& id) {
        session_row fresh;
        fresh.id = id;
        fresh.state = "live";
        fresh.live = true;
        sessions.push_back(fresh);
        std::sort(sessions.begin(), sessions.end(),
                  [](const auto& a, const auto& b) { return a.id < b.id; });
        changed();
    }
    void die(const session_id& id, milliseconds overdue = 0ms) {
        row(id).live = false;
        row(id).overdue = overdue;
    }
    /// The session before `id` in the ring.
    std::optional<session_row> before(const session_id& id) const {
        const auto at = std::lower_bound(sessions.begin(), sessions.end(), id,
                                         [](const auto& one, const auto& x) { return one.id < x; });
        if (sessions.empty()) {
            return std::nullopt;
        }
        return at == sessions.begin() ? sessions.back() : *std::prev(at);
    }
    void make_plan() {
        next_plan_due.reset();
        if (seats_are_kept) {
            return;
        }
        std::vector<plan_seat> seats;
        for (const auto& one : sessions) {
            if (stands(one.id)) {
                seats.push_back({.id = one.id});
            }
        }
        const auto fresh =
            leasehold::make_plan({.strategy = "lexical", .part_count = part_count, .seats = seats});
        planned.clear();
        for (std::size_t i = 0; i < fresh.size(); ++i) {
            planned[{static_cast<std::int32_t>(i)}] = fresh[i];
        }
        ++plan;
    }
};

struct fake_lease_calls final : lease_calls {
    fake_queue& queue;
    int looks = 0;
    int plans = 0;
    int reaps = 0;
    bool cut_off = false;                       ///< giving and letting go fail
    std::optional<session_row> random_found{};  ///< at a random place of the ring
    explicit fake_lease_calls(fake_queue& shared) : queue(shared) {}

    queue_watch watch(const session_id& me, const session_id&) override {
        return {.generation = queue.generation,
                .plan = queue.plan,
                .next_plan_due = queue.next_plan_due,
                .planned_seats = static_cast<int>(queue.sessions.size()),
                .settings = queue.settings,
                .neighbour = queue.before(me),
                .random = random_found};
    }
    void make_plan() override {
        if (queue.next_plan_due && *queue.next_plan_due <= 0ms) {
            ++plans;
            queue.make_plan();
        }
    }
    std::vector<part_view> look(const session_id& me) override {
        ++looks;
        std::vector<part_view> seen;
        for (std::int32_t i = 0; i < fake_queue::part_count; ++i) {
            part_view one{.part = {i}};
            if (const auto owner = queue.owners.find({i}); owner != queue.owners.end()) {
                one.owner = owner->second;
                one.term = {queue.epochs[{i}]};
            }
            if (const auto found = queue.planned.find({i}); found != queue.planned.end()) {
                one.planned_for = found->second;
                one.planned_is_live = queue.stands(found->second);
            }
            if (one.owner == me || one.planned_for == me) {
                seen.push_back(one);
            }
        }
        return seen;
    }
    std::vector<lease> take(const session_id& me, const std::vector<part_id>& parts) override {
        std::vector<lease> taken;
        for (const auto part : parts) {
            if (queue.owners.emplace(part, me).second) {
                taken.push_back({part, {++queue.epochs[part]}});
            }
        }
        return taken;
    }
    std::vector<part_id> give(const session_id& me, const std::vector<part_id>& parts) override {
        refuse_when_cut_off();
        std::vector<part_id> given;
        for (const auto part : parts) {
            EXPECT_EQ(queue.owners[part], me);
            if (queue.stands(queue.planned[part])) {
                queue.owners[part] = queue.planned[part];
                ++queue.epochs[part];
                given.push_back(part);
            }
        }
        return given;
    }
    void let_go(const session_id& me, const std::vector<part_id>& parts) override {
        refuse_when_cut_off();
        for (const auto part : parts) {
            EXPECT_EQ(queue.owners[part], me);
            queue.owners.erase(part);
        }
    }
    void set_leaving(const session_id& me) override {
        queue.row(me).state = "leaving";
        queue.changed();
    }
    void leave(const session_id& me) override {
        std::erase_if(queue.sessions, [&](const auto& one) { return one.id == me; });
        queue.changed();
    }
    void begin_reap(const session_row& expired) override {
        queue.row(expired.id).state = "leaving";
        queue.changed();
    }
    bool reap_step(const session_row& expired) override {
        ++reaps;
        for (auto& [part, owner] : queue.owners) {
            if (owner == expired.id) {
                owner = queue.planned[part];
                ++queue.epochs[part];
            }
        }
        std::erase_if(queue.sessions, [&](const auto& one) { return one.id == expired.id; });
        queue.changed();
        return true;
    }

private:
    void refuse_when_cut_off() const {
        if (cut_off) {
            throw sql_failure(sql_failure_kind::reconnect, "08006", "gone");
        }
    }
};

struct fake_user final : lease_user {
    std::set<part_id> open{};
    std::set<part_id> busy{};  ///< a claim is held there
    void granted(const session_id&, const std::vector<lease>& leases) override {
        for (const auto& one : leases) {
            open.insert(one.part);
        }
    }
    bool vacate(const session_id&, part_id part) override {
        open.erase(part);
        return !busy.contains(part);
    }
    // As the worker's book: a part that was vacated for good is not there to be resumed.
    void resume(part_id part) override {
        if (busy.contains(part)) {
            open.insert(part);
        }
    }
    std::vector<queue_settings> heard{};
    void told(const queue_settings& settings) override { heard.push_back(settings); }
};

struct always_extended final : session_calls {
    fake_queue& queue;
    explicit always_extended(fake_queue& shared) : queue(shared) {}
    void register_session(const session_id& id) override { queue.add(id); }
    extend_outcome extend(const session_id&) override { return extend_outcome::extended; }
};

struct no_events final : session_events {
    void session_began(const session_id&) override {}
    void session_ended(const session_id&, session_end) override {}
    void session_evicted(const session_id&) override {}
};

/// One worker's keepers over the shared rows.
struct seat {
    fake_queue& queue;
    test::fake_clock& time;
    fake_user user{};
    no_events events{};
    always_extended session_calls{queue};
    fake_lease_calls calls{queue};
    session_keeper sessions{{}, session_calls, events, time};
    lease_keeper leases{{}, sessions, calls, user, time};

    seat(fake_queue& shared, test::fake_clock& clock) : queue(shared), time(clock) {
        sessions.tick();
    }
    session_id id() const { return sessions.current()->id; }
    /// One tick, and another once its turn to plan has come.
    steady_time tick() {
        const int plans = calls.plans;
        const auto next = leases.tick();
        if (plans == calls.plans && queue.next_plan_due == 0ms) {
            time.advance(10ms);
            return leases.tick();
        }
        return next;
    }
    std::size_t held() const {
        return static_cast<std::size_t>(
            std::count_if(queue.owners.begin(), queue.owners.end(),
                          [&](const auto& one) { return one.second == id(); }));
    }
};

struct LeaseKeeper : testing::Test {
    test::fake_clock time;
    fake_queue queue;
};

TEST_F(LeaseKeeper, TheOnlySessionTakesEverything) {
    seat one{queue, time};
    one.tick();
    EXPECT_EQ(one.held(), 8U);
    EXPECT_EQ(one.user.open.size(), 8U);
}

TEST_F(LeaseKeeper, SettledItAsksOneQuestionAndLooksAtNothing) {
    seat one{queue, time};
    one.tick();
    one.tick();
    const int looks = one.calls.looks;
    EXPECT_EQ(one.tick(), time.now() + lease_options{}.watch);
    EXPECT_EQ(one.calls.looks, looks);
}

TEST_F(LeaseKeeper, ASecondSessionIsGivenItsHalf) {
    seat one{queue, time};
    one.tick();
    seat two{queue, time};
    two.tick();
    EXPECT_EQ(two.held(), 0U);  // everything is still held: wait
    one.tick();
    EXPECT_EQ(one.held(), 4U);
    EXPECT_EQ(two.held(), 4U) << "from hand to hand";
    two.tick();
    EXPECT_EQ(two.user.open.size(), 4U);
}

TEST_F(LeaseKeeper, OnePlanForAnyNumberOfSessions) {
    seat one{queue, time};
    one.tick();
    seat two{queue, time};
    seat three{queue, time};
    for (auto* each : {&two, &three, &one}) {
        each->tick();
    }
    EXPECT_EQ(one.calls.plans + two.calls.plans + three.calls.plans, 2);
}

TEST_F(LeaseKeeper, APlanThatIsDueLaterIsLookedForWhenItIs) {
    seat one{queue, time};
    one.tick();
    one.tick();
    queue.next_plan_due = 30ms;
    EXPECT_EQ(one.tick(), time.now() + 30ms);
    EXPECT_EQ(one.calls.plans, 1);
    queue.next_plan_due = 0ms;
    one.tick();
    EXPECT_EQ(one.calls.plans, 2);
}

// All see within one interval that a plan is due; the crowd would get in its own way.
TEST_F(LeaseKeeper, TurnsToPlanAreSpreadOverTwoMillisecondsASession) {
    seat one{queue, time};
    const auto now = time.now();
    const auto turn = one.leases.tick();
    if (one.calls.plans == 0) {
        EXPECT_LE(turn, now + 2ms);
        time.advance(2ms);
        one.leases.tick();
    }
    EXPECT_EQ(one.calls.plans, 1);
}

TEST_F(LeaseKeeper, APartIsNotGivenWhileAClaimIsHeldInIt) {
    seat one{queue, time};
    one.tick();
    one.user.busy = {{0}, {1}, {2}, {3}, {4}, {5}, {6}, {7}};
    seat two{queue, time};
    one.tick();
    EXPECT_EQ(one.held(), 8U);
    EXPECT_EQ(one.user.open.size(), 4U);  // but nothing new is claimed in the planned half
    one.user.busy.clear();
    one.tick();
    EXPECT_EQ(one.held(), 4U);
}

TEST_F(LeaseKeeper, APartThatStaysAfterAllIsWorkedOn) {
    seat one{queue, time};
    one.tick();
    one.user.busy = {{0}, {1}, {2}, {3}, {4}, {5}, {6}, {7}};
    {
        seat two{queue, time};
        one.tick();
        two.leases.leave();
        two.tick();
        EXPECT_TRUE(two.leases.has_left());
    }
    one.tick();
    EXPECT_EQ(one.user.open.size(), 8U);
    EXPECT_EQ(one.held(), 8U);
}

TEST_F(LeaseKeeper, APartThatCouldNotBeGivenAndThenStaysIsGrantedAnew) {
    seat one{queue, time};
    one.tick();
    {
        seat two{queue, time};
        one.calls.cut_off = true;
        EXPECT_THROW(one.tick(), sql_failure);
        EXPECT_EQ(one.user.open.size(), 4U);
        one.calls.cut_off = false;
        two.leases.leave();
        two.tick();
    }
    one.tick();
    EXPECT_EQ(one.held(), 8U);
    EXPECT_EQ(one.user.open.size(), 8U);
}

// Its next owner expired, and nobody has planned anew: somebody has to work there.
TEST_F(LeaseKeeper, APartStaysAtWorkWhileItsNextOwnerDoesNotStand) {
    seat one{queue, time};
    one.tick();
    seat two{queue, time};
    queue.make_plan();
    queue.die(two.id(), -1ms);  // seen so, but not yet overdue
    one.tick();
    EXPECT_EQ(one.held(), 8U);
    EXPECT_EQ(one.user.open.size(), 8U);
}

TEST_F(LeaseKeeper, ItsNeighbourIsReapedAtOnceAndThePartsGoByThePlan) {
    seat one{queue, time};
    seat two{queue, time};
    one.tick();
    two.tick();
    one.tick();
    ASSERT_EQ(two.held(), 4U);
    queue.die(two.id());
    EXPECT_EQ(one.tick(), time.now()) << "another neighbour may have died as well";
    EXPECT_EQ(one.calls.reaps, 1);
    EXPECT_EQ(one.held(), 8U);
    one.tick();
    EXPECT_EQ(one.user.open.size(), 8U);
}

TEST_F(LeaseKeeper, WhoIsFoundByChanceIsReapedASecondLater) {
    seat one{queue, time};
    seat two{queue, time};
    seat three{queue, time};
    std::vector<seat*> ring{&one, &two, &three};
    std::sort(ring.begin(), ring.end(), [](auto* a, auto* b) { return a->id() < b->id(); });
    auto& looker = *ring[2];
    queue.die(ring[0]->id(), 999ms);
    looker.calls.random_found = queue.row(ring[0]->id());
    looker.tick();
    EXPECT_EQ(looker.calls.reaps, 0);
    looker.calls.random_found->overdue = 1'000ms;
    looker.tick();
    EXPECT_EQ(looker.calls.reaps, 1);
}

TEST_F(LeaseKeeper, ItDoesNotReapItself) {
    seat one{queue, time};
    queue.die(one.id(), 5s);
    one.tick();
    EXPECT_EQ(one.calls.reaps, 0);
}

TEST_F(LeaseKeeper, LeavingLetsGoOfEverythingAndThenOfTheSeat) {
    seat one{queue, time};
    one.tick();
    one.user.busy = {{3}};
    one.leases.leave();
    one.tick();
    EXPECT_EQ(one.held(), 1U);
    EXPECT_FALSE(one.leases.has_left());
    one.user.busy.clear();
    one.tick();
    EXPECT_TRUE(one.leases.has_left());
    EXPECT_TRUE(queue.sessions.empty());
}

// A settled session looks at its parts anew only when there is another plan.
TEST_F(LeaseKeeper, LeavingASeatThatIsKeptForARestartTakesNoLonger) {
    seat one{queue, time};
    one.tick();
    one.tick();
    queue.seats_are_kept = true;
    one.leases.leave();
    one.tick();
    EXPECT_TRUE(one.leases.has_left());
    EXPECT_TRUE(queue.owners.empty());
}

TEST_F(LeaseKeeper, LeavingGivesThePartsToThoseWhoStay) {
    seat one{queue, time};
    one.tick();
    seat two{queue, time};
    one.leases.leave();
    one.tick();
    EXPECT_TRUE(one.leases.has_left());
    EXPECT_EQ(two.held(), 8U);
}

TEST_F(LeaseKeeper, WhatTheOperatorWantsIsToldOnceForEachChange) {
    seat one{queue, time};
    one.tick();
    one.tick();
    ASSERT_EQ(one.user.heard.size(), 1U);
    queue.settings.paused = true;
    one.tick();
    one.tick();
    ASSERT_EQ(one.user.heard.size(), 2U);
    EXPECT_TRUE(one.user.heard.back().paused);
}

// The answer to a take was lost, and the take had worked.
TEST_F(LeaseKeeper, APartTheDatabaseSaysIsMineIsTakenUp) {
    seat one{queue, time};
    for (std::int32_t part = 0; part < 8; ++part) {
        queue.owners[{part}] = one.id();
    }
    one.tick();
    EXPECT_EQ(one.user.open.size(), 8U);
}

// The answer to letting go was lost, and it had worked.
TEST_F(LeaseKeeper, APartTheDatabaseSaysIsFreeIsTakenAnew) {
    seat one{queue, time};
    one.tick();
    queue.owners.erase({5});
    one.user.open.erase({5});
    queue.changed();
    one.tick();
    EXPECT_EQ(one.held(), 8U);
    EXPECT_TRUE(one.user.open.contains({5}));
}

// COMMIT got no answer, and the server was still at work on it when the keeper looked and found all
// as planned.
TEST_F(LeaseKeeper, ALettingGoThatComesToPassAfterAllWasSettledIsSeenWithinATtl) {
    seat one{queue, time};
    one.tick();
    one.tick();
    queue.owners.erase({5});
    time.advance(session_options{}.ttl / 2);
    one.sessions.tick();
    time.advance(session_options{}.ttl / 2 - 2ms);
    one.tick();
    EXPECT_EQ(one.held(), 7U);
    time.advance(2ms);
    one.tick();
    EXPECT_EQ(one.held(), 8U);
}

TEST_F(LeaseKeeper, AChangeOfHandsThatComesToPassAfterAllWasSettledIsUndoneWithinATtl) {
    seat one{queue, time};
    seat two{queue, time};
    for (int round = 0; round < 2; ++round) {
        one.tick();
        two.tick();
    }
    ASSERT_EQ(one.held(), 4U);
    ASSERT_EQ(two.held(), 4U);
    const auto planned_for_two =
        std::find_if(queue.owners.begin(), queue.owners.end(),
                     [&](const auto& each) { return each.second == two.id(); });
    planned_for_two->second = one.id();
    time.advance(session_options{}.ttl / 2);
    one.sessions.tick();
    two.sessions.tick();
    time.advance(session_options{}.ttl / 2);
    one.tick();
    two.tick();
    EXPECT_EQ(one.held(), 4U);
    EXPECT_EQ(two.held(), 4U);
}

}  // namespace
}  // namespace leasehold
