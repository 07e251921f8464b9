#include "worker/database_calls.hpp"

#include "items/claim_store.hpp"
#include "parts/lease_store.hpp"
#include "parts/plan_store.hpp"
#include "parts/queue_store.hpp"
#include "session/session_store.hpp"
#include "worker/log.hpp"

#include <unistd.h>

#include <array>
#include <utility>

#ifndef LEASEHOLD_VERSION
#define LEASEHOLD_VERSION "unknown"
#endif

namespace leasehold {

namespace {

/// A heartbeat is worth nothing when it is late: one quick second try, then the keeper's own pace.
constexpr retry_limits beat_limits{
    .attempts_max = 3, .first = milliseconds{2}, .longest = milliseconds{20}};

/// Claims freed in one transaction of a reaper.
constexpr int freed_max = 1'000;

constexpr const char* never_started = "claimed, but never started";

}  // namespace

session_database::session_database(connection& on, transaction_counters& counters, queue_info queue,
                                   process_identity identity, session_options options)
    : on_(on),
      counters_(counters),
      queue_(std::move(queue)),
      identity_(std::move(identity)),
      options_(std::move(options)) {}

void session_database::register_session(const session_id& id) {
    const auto require_my_queue = [this](transaction& tx) {
        const auto now = require_queue(tx, queue_.name);
        // A queue grows, but it never loses parts, and stays keyed or not.
        if (now.part_count < queue_.part_count || now.keyed != queue_.keyed) {
            refuse("queue '" + queue_.name + "' was made anew; start the worker again");
        }
    };
    run_locked(on_, counters_, [&](transaction& tx) {
        require_my_queue(tx);
        identity_.guard = on_.guard();
        leasehold::register_session(tx, queue_.name, id, identity_, options_);
        // Now that nobody can begin to drop it before this session is there to be seen.
        require_my_queue(tx);
    });
}

extend_outcome session_database::extend(const session_id& id) {
    return run_single(
        on_, counters_, [&](transaction& tx) { return extend_session(tx, id, on_.guard()); },
        beat_limits);
}

lease_database::lease_database(connection& on, transaction_counters& counters, queue_info queue,
                               guards looked_at)
    : on_(on), counters_(counters), queue_(std::move(queue)), guards_(looked_at) {}

queue_watch lease_database::watch(const session_id& me, const session_id& random) {
    auto seen = read_hint(on_, [&](transaction& tx) {
        const auto over =
            guards_ == guards::looked_at ? std::optional{on_.times_opened()} : std::nullopt;
        return watch_queue(tx, queue_.name, me, random, over);
    });
    if (!seen) {
        refuse("queue '" + queue_.name + "' was dropped");
    }
    return *seen;
}

void lease_database::make_plan() {
    const auto made =
        run_locked(on_, counters_,
                   [&](transaction& tx) -> std::optional<std::pair<plan_record, plan_changes>> {
                       auto record = due_plan(tx, queue_.name);
                       if (!record) {
                           return std::nullopt;
                       }
                       auto changes = next_plan(*record);
                       write_plan(tx, queue_.name, *record, changes);
                       return std::pair{std::move(*record), std::move(changes)};
                   });
    if (made && !made->second.parts.empty()) {
        log().info("plan made queue={} plan={} sessions={} moved={}", queue_.name,
                   made->first.number + 1, made->second.seats, made->second.parts.size());
    }
}

std::vector<part_view> lease_database::look(const session_id& me) {
    return read_hint(on_, [&](transaction& tx) { return look_at_leases(tx, queue_.name, me); });
}

std::vector<lease> lease_database::take(const session_id& me, const std::vector<part_id>& parts) {
    return run_locked(on_, counters_,
                      [&](transaction& tx) { return take_leases(tx, queue_.name, me, parts); });
}

/// Nobody works in these parts any more. A claim that is left was granted by a transaction whose
/// answer got lost for good; it is given back, or the part could never change hands.
/// @return false when there may be more: they would keep the lease
bool lease_database::free_some(transaction& tx, const session_id& of, part_id part,
                               const std::string& why) {
    return free_claims(tx, queue_, of, part, freed_max, why) < freed_max;
}

std::vector<part_id> lease_database::give(const session_id& me, const std::vector<part_id>& parts) {
    return run_locked(on_, counters_, [&](transaction& tx) {
        std::vector<part_id> free;
        for (const auto part : parts) {
            if (free_some(tx, me, part, never_started)) {
                free.push_back(part);
            }
        }
        return give_leases(tx, queue_.name, me, free);
    });
}

void lease_database::let_go(const session_id& me, const std::vector<part_id>& parts) {
    for (const auto part : parts) {
        bool gone = false;
        while (!gone) {
            gone = run_locked(on_, counters_, [&](transaction& tx) {
                if (!free_some(tx, me, part, never_started)) {
                    return false;
                }
                release_leases(tx, queue_.name, me, {part}, "leave");
                return true;
            });
        }
    }
}

void lease_database::set_leaving(const session_id& me) {
    run_locked(on_, counters_,
               [&](transaction& tx) { leasehold::set_leaving(tx, queue_.name, me); });
}

bool lease_database::leave(const session_id& me) {
    try {
        run_locked(on_, counters_, [&](transaction& tx) { leave_session(tx, queue_.name, me); });
    } catch (const sql_failure& failure) {
        if (failure.sqlstate() != "23503") {
            throw;
        }
        log().debug("does not leave yet session={} reason=\"a part was given to it\"", to_text(me));
        return false;
    }
    return true;
}

bool lease_database::expire_now(const session_row& seen, std::int64_t guard) {
    const bool done = run_single(on_, counters_, [&](transaction& tx) {
        return leasehold::expire_now(tx, seen, guard);
    });
    if (done) {
        log().info("session expired early session={} name={} reason=\"its connection was closed\"",
                   to_text(seen.id), seen.name);
    }
    return done;
}

void lease_database::begin_reap(const session_row& expired) {
    run_locked(on_, counters_,
               [&](transaction& tx) { leasehold::begin_reap(tx, queue_.name, expired); });
}

reap_progress lease_database::reap_step(const session_row& expired) {
    const auto why = "session " + to_text(expired.id) + " (" + expired.name +
                     ") ended without acknowledging the item";
    bool reaped = false;
    const auto far = run_locked(on_, counters_, [&](transaction& tx) {
        reaped = false;
        const auto hold = hold_expired(tx, expired);
        if (hold != reap_hold::mine) {
            return hold == reap_hold::gone ? reap_progress::over : reap_progress::elsewhere;
        }
        const auto held = leases_of(tx, expired.id);
        if (held.empty()) {
            reaped = reap_session(tx, queue_.name, expired);
            return reaped ? reap_progress::over : reap_progress::elsewhere;
        }
        // One part a step: each is its next owner's as soon as its own claims are free.
        const auto part = held.front().held.part;
        if (!free_some(tx, expired.id, part, why)) {
            return reap_progress::goes_on;
        }
        const bool helped = held.front().role == lease_role::helper;
        if (!helped) {
            // With the end of its lease: until then a session that only seems dead may still claim.
            mark_doubt(tx, queue_.name, part);
        }
        if (helped || give_leases(tx, queue_.name, expired.id, {part}, giver::reaped).empty()) {
            release_leases(tx, queue_.name, expired.id, {part}, "expired");
        }
        return reap_progress::goes_on;
    });
    if (reaped) {
        log().info("session reaped session={} name={} overdue_ms={}", to_text(expired.id),
                   expired.name, expired.overdue.count());
    }
    return far;
}

notice_database::notice_database(dsn where, const std::string& queue)
    : line_(std::move(where), "leasehold_" + queue,
            {.application_name = "leasehold notices", .silence_max = milliseconds{5'000}}) {}

load_database::load_database(connection& on, transaction_counters& counters, queue_info queue)
    : on_(on), counters_(counters), queue_(std::move(queue)) {}

std::vector<part_load> load_database::read(const session_id& me,
                                           const std::vector<part_id>& parts) {
    return read_hint(on_, [&](transaction& tx) { return read_loads(tx, queue_.name, me, parts); });
}

std::vector<part_backlog> load_database::backlogs(const std::vector<part_id>& parts,
                                                  std::int64_t most) {
    return read_hint(on_, [&](transaction& tx) { return backlogs_of(tx, queue_, parts, most); });
}

void load_database::write(const session_id& me, const std::vector<part_load>& loads) {
    run_locked(on_, counters_, [&](transaction& tx) { write_loads(tx, queue_.name, me, loads); });
}

process_identity this_process(const session_options& options) {
    std::array<char, 256> host{};
    if (gethostname(host.data(), host.size() - 1) != 0) {
        host = {"unknown"};
    }
    const auto pid = static_cast<std::int64_t>(getpid());
    process_identity identity{.name = options.name,
                              .named = !options.name.empty(),
                              .host = host.data(),
                              .pid = pid,
                              .version = LEASEHOLD_VERSION};
    if (identity.name.empty()) {
        identity.name = identity.host + ":" + std::to_string(pid);
    }
    return identity;
}

}  // namespace leasehold
