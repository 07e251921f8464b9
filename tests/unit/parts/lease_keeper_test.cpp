#include "parts/lease_keeper.hpp"

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
    std::int64_t generation = 1;
    std::vector<session_row> sessions{};
    std::map<part_id, session_id> owners{};
    std::map<part_id, std::int64_t> epochs{};

    session_row& row(const session_id& id) {
        return *std::find_if(sessions.begin(), sessions.end(),
                             [&](const auto& one) { return one.id == id; });
    }
    void add(const session_id& id) {
        session_row fresh;
        fresh.id = id;
        fresh.state = "live";
        fresh.live = true;
        sessions.push_back(fresh);
        std::sort(sessions.begin(), sessions.end(),
                  [](const auto& a, const auto& b) { return a.id < b.id; });
        ++generation;
    }
};

struct fake_lease_calls final : lease_calls {
    fake_queue& queue;
    int views = 0;
    int reaps = 0;
    bool cut_off = false;  ///< letting go fails
    explicit fake_lease_calls(fake_queue& shared) : queue(shared) {}

    queue_change watch() override {
        return {queue.generation, std::any_of(queue.sessions.begin(), queue.sessions.end(),
                                              [](const auto& one) { return !one.live; })};
    }
    queue_view view() override {
        ++views;
        queue_view seen{.generation = queue.generation, .sessions = queue.sessions};
        for (const auto& [part, owner] : queue.owners) {
            seen.owned.push_back({part, owner, {queue.epochs[part]}});
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
    void let_go(const session_id& me, const std::vector<part_id>& parts) override {
        if (cut_off) {
            throw sql_failure(sql_failure_kind::reconnect, "08006", "gone");
        }
        for (const auto part : parts) {
            ASSERT_EQ(queue.owners[part], me);
            queue.owners.erase(part);
        }
    }
    void set_leaving(const session_id& me) override {
        queue.row(me).state = "leaving";
        ++queue.generation;
    }
    void leave(const session_id& me) override {
        std::erase_if(queue.sessions, [&](const auto& one) { return one.id == me; });
        ++queue.generation;
    }
    bool reap_step(const session_row& expired) override {
        ++reaps;
        std::erase_if(queue.owners, [&](const auto& one) { return one.second == expired.id; });
        std::erase_if(queue.sessions, [&](const auto& one) { return one.id == expired.id; });
        ++queue.generation;
        return true;
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
    bool vacate(part_id part) override {
        open.erase(part);
        return !busy.contains(part);
    }
    // As the worker's book: a part that was vacated for good is not there to be resumed.
    void resume(part_id part) override {
        if (busy.contains(part)) {
            open.insert(part);
        }
    }
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
    lease_keeper leases{
        {.name = "q", .part_count = 8, .strategy = "lexical"}, {}, sessions, calls, user, time};

    seat(fake_queue& shared, test::fake_clock& clock) : queue(shared), time(clock) {
        sessions.tick();
    }
    session_id id() const { return sessions.current()->id; }
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
    one.leases.tick();
    EXPECT_EQ(one.held(), 8U);
    EXPECT_EQ(one.user.open.size(), 8U);
}

TEST_F(LeaseKeeper, SettledItReadsOneRowAndNothingElse) {
    seat one{queue, time};
    one.leases.tick();
    const int views = one.calls.views;
    EXPECT_EQ(one.leases.tick(), time.now() + lease_options{}.watch);
    EXPECT_EQ(one.calls.views, views);
}

TEST_F(LeaseKeeper, ASecondSessionGetsItsHalfOnceTheFirstHasDropped) {
    seat one{queue, time};
    one.leases.tick();
    seat two{queue, time};
    two.leases.tick();
    EXPECT_EQ(two.held(), 0U);  // everything is still held: wait
    one.leases.tick();
    EXPECT_EQ(one.held(), 4U);
    two.leases.tick();
    EXPECT_EQ(two.held(), 4U);
    EXPECT_EQ(two.user.open.size(), 4U);
}

TEST_F(LeaseKeeper, APartIsNotDroppedWhileAClaimIsHeldInIt) {
    seat one{queue, time};
    one.leases.tick();
    one.user.busy = {{0}, {1}, {2}, {3}, {4}, {5}, {6}, {7}};
    seat two{queue, time};
    one.leases.tick();
    EXPECT_EQ(one.held(), 8U);
    EXPECT_EQ(one.user.open.size(), 4U);  // but nothing new is claimed in the planned half
    one.user.busy.clear();
    one.leases.tick();
    EXPECT_EQ(one.held(), 4U);
}

TEST_F(LeaseKeeper, APartThatStaysAfterAllIsWorkedOn) {
    seat one{queue, time};
    one.leases.tick();
    one.user.busy = {{0}, {1}, {2}, {3}, {4}, {5}, {6}, {7}};
    {
        seat two{queue, time};
        one.leases.tick();
        two.leases.leave();
        two.leases.tick();
        EXPECT_TRUE(two.leases.has_left());
    }
    one.leases.tick();
    EXPECT_EQ(one.user.open.size(), 8U);
    EXPECT_EQ(one.held(), 8U);
}

TEST_F(LeaseKeeper, APartThatCouldNotBeLetGoAndThenStaysIsGrantedAnew) {
    seat one{queue, time};
    one.leases.tick();
    {
        seat two{queue, time};
        one.calls.cut_off = true;
        EXPECT_THROW(one.leases.tick(), sql_failure);
        EXPECT_EQ(one.user.open.size(), 4U);
        one.calls.cut_off = false;
        two.leases.leave();
        two.leases.tick();
    }
    one.leases.tick();
    EXPECT_EQ(one.held(), 8U);
    EXPECT_EQ(one.user.open.size(), 8U);
}

TEST_F(LeaseKeeper, AnExpiredSessionIsReapedAndItsPartsTaken) {
    seat one{queue, time};
    seat two{queue, time};
    one.leases.tick();
    two.leases.tick();
    auto& dead = queue.row(two.id());
    dead.live = false;
    dead.overdue = 0ms;
    one.leases.tick();
    one.leases.tick();
    EXPECT_EQ(one.calls.reaps, 1);
    EXPECT_EQ(one.held(), 8U);
}

TEST_F(LeaseKeeper, LeavingLetsGoOfEverythingAndThenOfTheSeat) {
    seat one{queue, time};
    one.leases.tick();
    one.user.busy = {{3}};
    one.leases.leave();
    one.leases.tick();
    EXPECT_EQ(one.held(), 1U);
    EXPECT_FALSE(one.leases.has_left());
    one.user.busy.clear();
    one.leases.tick();
    EXPECT_TRUE(one.leases.has_left());
    EXPECT_TRUE(queue.sessions.empty());
}

// The answer to a take was lost, and the take had worked.
TEST_F(LeaseKeeper, APartTheDatabaseSaysIsMineIsTakenUp) {
    seat one{queue, time};
    for (std::int32_t part = 0; part < 8; ++part) {
        queue.owners[{part}] = one.id();
    }
    one.leases.tick();
    EXPECT_EQ(one.user.open.size(), 8U);
}

// The answer to a release was lost, and the release had worked.
TEST_F(LeaseKeeper, APartTheDatabaseSaysIsFreeIsTakenAnew) {
    seat one{queue, time};
    one.leases.tick();
    queue.owners.erase({5});
    one.user.open.erase({5});
    ++queue.generation;
    one.leases.tick();
    EXPECT_EQ(one.held(), 8U);
    EXPECT_TRUE(one.user.open.contains({5}));
}

// COMMIT got no answer, and the server was still at work on it when the keeper looked and found all
// as planned.
TEST_F(LeaseKeeper, AReleaseThatComesToPassAfterAllWasSettledIsSeenWithinATtl) {
    seat one{queue, time};
    one.leases.tick();
    queue.owners.erase({5});
    time.advance(session_options{}.ttl / 2);
    one.sessions.tick();
    time.advance(session_options{}.ttl / 2 - 1ms);
    one.leases.tick();
    EXPECT_EQ(one.held(), 7U);
    time.advance(1ms);
    one.leases.tick();
    EXPECT_EQ(one.held(), 8U);
}

TEST_F(LeaseKeeper, ATakeThatComesToPassAfterAllWasSettledIsUndoneWithinATtl) {
    seat one{queue, time};
    seat two{queue, time};
    for (int round = 0; round < 2; ++round) {
        one.leases.tick();
        two.leases.tick();
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
    one.leases.tick();
    two.leases.tick();
    EXPECT_EQ(one.held(), 4U);
    EXPECT_EQ(two.held(), 4U);
}

}  // namespace
}  // namespace leasehold
