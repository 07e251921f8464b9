#pragma once

#include "parts/lease_keeper.hpp"
#include "parts/plan_rules.hpp"
#include "tests/support/fake_clock.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <set>

namespace leasehold {

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
    std::optional<guard_look> guard{};          ///< of the neighbour
    int expired_early = 0;
    bool reaped_elsewhere = false;
    bool leave_is_refused = false;
    explicit fake_lease_calls(fake_queue& shared) : queue(shared) {}

    queue_watch watch(const session_id& me, const session_id&) override {
        return {.generation = queue.generation,
                .plan = queue.plan,
                .next_plan_due = queue.next_plan_due,
                .planned_seats = static_cast<int>(queue.sessions.size()),
                .settings = queue.settings,
                .neighbour = queue.before(me),
                .random = random_found,
                .guard = guard};
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
    bool leave(const session_id& me) override {
        if (leave_is_refused) {
            return false;
        }
        std::erase_if(queue.sessions, [&](const auto& one) { return one.id == me; });
        queue.changed();
        return true;
    }
    bool expire_now(const session_row& seen, std::int64_t key) override {
        EXPECT_EQ(guard->guard, key);
        ++expired_early;
        queue.die(seen.id);
        guard.reset();
        return true;
    }
    void begin_reap(const session_row& expired) override {
        queue.row(expired.id).state = "leaving";
        queue.changed();
    }
    reap_progress reap_step(const session_row& expired) override {
        ++reaps;
        if (reaped_elsewhere) {
            return reap_progress::elsewhere;
        }
        for (auto& [part, owner] : queue.owners) {
            if (owner == expired.id) {
                owner = queue.planned[part];
                ++queue.epochs[part];
            }
        }
        std::erase_if(queue.sessions, [&](const auto& one) { return one.id == expired.id; });
        queue.changed();
        return reap_progress::over;
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

/// Both look until each has its half and nothing is left to do.
inline void settle(seat& one, seat& two) {
    for (int round = 0; round < 2; ++round) {
        one.tick();
        two.tick();
    }
    ASSERT_EQ(one.held(), 4U);
    ASSERT_EQ(two.held(), 4U);
}

}  // namespace leasehold
