#include "tests/bench/membership/seat.hpp"

#include "sql/sql_failure.hpp"

#include <utility>

namespace leasehold::membership {

namespace {

std::int64_t count(std::size_t of) { return static_cast<std::int64_t>(of); }

/// As run_transaction() and run_locked() do it.
template <class Body>
auto in_transaction(server& on, Body body) {
    transaction_played tx{on};
    return body(tx);
}

std::string without_name() {
    return "host:" + std::to_string(world::current().draw() % 1'000'000'000);
}

}  // namespace

transaction_played::~transaction_played() { std::erase(on_.rows.row_wanted_by, this); }

void transaction_played::ask(std::string_view statement, std::int64_t read, std::int64_t written) {
    on_.counted.add(statement, {1, read, written}, on_.time.now());
    on_.time.wait(server::statement_takes + (read + written) * server::row_takes);
}

/// First come, first served.
void transaction_played::lock_queue() {
    const auto since = on_.time.now();
    on_.rows.row_wanted_by.push_back(this);
    while (on_.rows.row_wanted_by.front() != this) {
        on_.time.wait(microseconds{200});
    }
    on_.longest_wait = std::max(on_.longest_wait,
                                std::chrono::duration_cast<microseconds>(on_.time.now() - since));
}

seat::seat(server& on, std::string given_name)
    : on_(on),
      name_(given_name.empty() ? without_name() : given_name),
      named_(!given_name.empty()),
      sessions_({}, *this, *this, on.time),
      leases_({}, sessions_, *this, *this, on.time) {
    session_actor_ = on_.time.start([this] { tick_sessions(); });
}

seat::~seat() {
    for (const auto& one : {session_actor_, lease_actor_}) {
        if (one) {
            world::kill(one);
        }
    }
}

void seat::tick_sessions() {
    for (;;) {
        steady_time next{};
        try {
            next = sessions_.tick();
        } catch (const sql_failure&) {
            next = on_.time.now() + beat_again_after(sessions_.options().ttl);
        }
        on_.time.wait_until(next);
    }
}

void seat::tick_leases() {
    while (!leases_.has_left()) {
        steady_time next{};
        try {
            next = leases_.tick();
        } catch (const sql_failure&) {
            next = on_.time.now() + beat_again_after(sessions_.options().ttl);
        }
        on_.time.wait_until(next);
    }
}

void seat::leave() {
    sessions_.retire();
    leases_.leave();
    on_.time.wake(lease_actor_);
}

/// session_register and session_joined.
void seat::register_session(const session_id& id) {
    in_transaction(on_, [&](transaction_played& tx) {
        tx.ask("queue_get", 1, 0);
        tx.ask("session_register", 1, 1);
        const bool awaited = named_ && on_.rows.seat_waits_for(name_);
        tx.lock_queue();
        tx.ask("session_joined", 3 + count(on_.rows.vacant().size()), 1);
        tx.ask("queue_get", 1, 0);
        tx.commit([&] {
            on_.rows.add(id, {.name = name_,
                              .named = named_,
                              .expires_at = on_.time.now() + sessions_.options().ttl});
            on_.rows.raise_generation(awaited ? milliseconds{0} : table::settle);
        });
    });
}

extend_outcome seat::extend(const session_id& id) {
    return in_transaction(on_, [&](transaction_played& tx) {
        tx.ask("session_extend", 1, 1);
        return tx.commit([&] {
            auto* one = on_.rows.find(id);
            if (one == nullptr || one->expires_at <= on_.time.now()) {
                return extend_outcome::gone;
            }
            one->expires_at = on_.time.now() + sessions_.options().ttl;
            return extend_outcome::extended;
        });
    });
}

void seat::session_began(const session_id&) {
    if (!lease_actor_) {
        lease_actor_ = on_.time.start([this] { tick_leases(); });
    }
}

/// queues, two probes of the neighbour and its row, one for the random place.
queue_watch seat::watch(const session_id& me, const session_id& random) {
    const bool first = !on_.rows.before(me, false);
    on_.counted.add("queue_watch", {1, 1 + (first ? 3 : 2) + 1, 0}, on_.time.now());
    on_.time.wait(server::statement_takes);
    return {.plan = on_.rows.plan_number(),
            .next_plan_due = on_.rows.next_plan_due(),
            .planned_seats = on_.rows.planned_seats(),
            .neighbour = on_.rows.before(me, true),
            .random = on_.rows.before(random, false)};
}

void seat::make_plan() {
    in_transaction(on_, [&](transaction_played& tx) {
        tx.ask("plan_ground_queue", 1, 0);
        const auto is_due = [&] {
            const auto due = on_.rows.next_plan_due();
            return due && *due <= milliseconds{0};
        };
        if (!is_due()) {
            return;
        }
        tx.lock_queue();
        if (!is_due()) {
            return;  // whoever was before has made it
        }
        const auto record = on_.rows.record();
        tx.ask("session_list", count(record.sessions.size()), 0);
        tx.ask("plan_ground_vacant", count(record.vacant.size()), 0);
        tx.ask("plan_ground_parts", record.part_count, 0);
        const auto changes = next_plan(record);
        if (!changes.parts.empty()) {
            const auto moved = count(changes.parts.size());
            tx.ask("plan_write_parts", moved, moved);
        }
        if (!changes.forgotten.empty()) {
            const auto seats = count(changes.forgotten.size());
            tx.ask("plan_forget_vacant", seats, seats);
        }
        tx.ask("plan_write_queue", 2, 1);
        tx.commit([&] { on_.rows.write_plan(changes); });
    });
}

/// Own rows of session_parts and those planned for it, then of each part its row, its owner's lease
/// and the session it is planned for.
std::vector<part_view> seat::look(const session_id& me) {
    ++looks_;
    std::vector<part_view> seen;
    const auto* mine = on_.rows.find(me);
    const auto owned = mine == nullptr ? std::set<int>{} : mine->owned;
    const auto& planned = on_.rows.planned_for(me);
    auto parts = owned;
    parts.insert(planned.begin(), planned.end());
    for (const int part : parts) {
        const auto& row = on_.rows.part(part);
        part_view one{.part = {part}, .owner = row.owner, .planned_for = row.planned_for};
        one.term = {row.term};
        one.planned_is_live = row.planned_for && on_.rows.stands(*row.planned_for);
        seen.push_back(one);
    }
    looked_at_ = on_.rows.plan_number();
    const auto read = count(owned.size() + planned.size() + 3 * parts.size());
    on_.counted.add("lease_look", {1, read, 0}, on_.time.now());
    on_.time.wait(server::statement_takes + read * server::row_takes);
    return seen;
}

/// Of each part its row, changed; a probe for an owner; the new lease and a row of the log.
std::vector<lease> seat::take(const session_id& me, const std::vector<part_id>& parts) {
    return in_transaction(on_, [&](transaction_played& tx) {
        const auto n = count(parts.size());
        tx.ask("lease_lock", n, 0);
        tx.ask("lease_take", 2 * n + 1, 3 * n);
        return tx.commit([&] {
            std::vector<lease> taken;
            for (const auto part : parts) {
                const auto& row = on_.rows.part(part.value);
                const auto* mine = on_.rows.find(me);
                if (!row.owner && row.planned_for == me && mine != nullptr &&
                    mine->expires_at > on_.time.now()) {
                    on_.rows.own(part.value, me);
                    taken.push_back({part, {row.term}});
                }
            }
            return taken;
        });
    });
}

bool seat::is_planned_elsewhere(int part, const session_id& me) const {
    const auto& row = on_.rows.part(part);
    return row.planned_for && *row.planned_for != me && on_.rows.stands(*row.planned_for);
}

/// Of each part: two looks for claims, then its row, its lease and the receiver's session; the row
/// changed, one lease ended and one made, a row of the log.
std::vector<part_id> seat::give(const session_id& me, const std::vector<part_id>& parts) {
    return in_transaction(on_, [&](transaction_played& tx) {
        for (std::size_t i = 0; i < parts.size(); ++i) {
            tx.ask("item_bury_spent", 0, 0);
            tx.ask("item_free", 0, 0);
        }
        const auto n = count(parts.size());
        tx.ask("lease_lock", n, 0);
        tx.ask("lease_give", 3 * n, 2 * n);
        tx.ask("lease_receive", 0, 2 * n);
        return tx.commit([&] {
            std::vector<part_id> given;
            for (const auto part : parts) {
                if (on_.rows.part(part.value).owner == me && is_planned_elsewhere(part.value, me)) {
                    on_.rows.own(part.value, *on_.rows.part(part.value).planned_for);
                    given.push_back(part);
                }
            }
            return given;
        });
    });
}

void seat::let_go(const session_id& me, const std::vector<part_id>& parts) {
    for (const auto part : parts) {
        in_transaction(on_, [&](transaction_played& tx) {
            tx.ask("item_bury_spent", 0, 0);
            tx.ask("item_free", 0, 0);
            tx.ask("lease_lock", 1, 0);
            tx.ask("lease_release", 1, 2);
            tx.commit([&] {
                if (on_.rows.part(part.value).owner == me) {
                    on_.rows.let_go(part.value);
                }
            });
        });
    }
}

void seat::set_leaving(const session_id& me) {
    in_transaction(on_, [&](transaction_played& tx) {
        tx.ask("session_set_leaving", 1, 1);
        tx.lock_queue();
        tx.ask("generation_raise", 1, 1);
        tx.commit([&] {
            if (auto* one = on_.rows.find(me)) {
                one->state = "leaving";
            }
            on_.rows.raise_generation(milliseconds{0});
        });
    });
}

bool seat::leave(const session_id& me) {
    in_transaction(on_, [&](transaction_played& tx) {
        const bool kept = named_ && on_.rows.strategy() != "lexical";
        tx.ask("session_leave", 2, kept ? 2 : 1);
        if (kept) {
            tx.lock_queue();
            tx.ask("seat_kept", 1, 1);
        } else {
            end_of(tx, me);
        }
        tx.commit([&] {
            if (kept) {
                on_.rows.keep_seat(me);
            }
            on_.rows.remove(me);
        });
    });
    return true;
}

/// session_ended: a plan only if the last one has parts for it.
void seat::end_of(transaction_played& tx, const session_id& ended) {
    const bool is_planned = !on_.rows.planned_for(ended).empty();
    if (is_planned) {
        tx.lock_queue();
        on_.rows.raise_generation(milliseconds{0});
    }
    tx.ask("session_ended", is_planned ? 2 : 0, is_planned ? 1 : 0);
}

void seat::begin_reap(const session_row& expired) {
    in_transaction(on_, [&](transaction_played& tx) {
        tx.ask("session_begin_reap", 1, 1);
        const auto* one = on_.rows.find(expired.id);
        if (one == nullptr || one->state == "leaving") {
            return;
        }
        tx.lock_queue();
        tx.ask("generation_raise", 1, 1);
        tx.commit([&] {
            if (auto* still = on_.rows.find(expired.id)) {
                still->state = "leaving";
            }
            on_.rows.raise_generation(milliseconds{0});
        });
    });
}

reap_progress seat::reap_step(const session_row& expired) {
    return in_transaction(on_, [&](transaction_played& tx) {
        tx.ask("session_still_expired", 1, 0);
        const auto* one = on_.rows.find(expired.id);
        if (one == nullptr) {
            return reap_progress::over;
        }
        const auto held = one->owned;
        tx.ask("lease_held", count(held.size()), 0);
        if (held.empty()) {
            tx.ask("session_reap", 1, 1);
            end_of(tx, expired.id);
            return tx.commit([&] {
                on_.rows.remove(expired.id);
                return reap_progress::over;
            });
        }
        const int part = *held.begin();
        tx.ask("item_bury_spent", 0, 0);
        tx.ask("item_free", 0, 0);
        tx.ask("lease_lock", 1, 0);
        tx.ask("lease_give", 3, 2);
        const bool given = is_planned_elsewhere(part, expired.id);
        if (given) {
            tx.ask("lease_receive", 0, 2);
        } else {
            tx.ask("lease_lock", 1, 0);
            tx.ask("lease_release", 1, 2);
        }
        return tx.commit([&] {
            if (on_.rows.part(part).owner == expired.id) {
                if (is_planned_elsewhere(part, expired.id)) {
                    on_.rows.own(part, *on_.rows.part(part).planned_for);
                } else {
                    on_.rows.let_go(part);
                }
            }
            return reap_progress::goes_on;
        });
    });
}

}  // namespace leasehold::membership
