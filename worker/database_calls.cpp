#include "worker/database_calls.hpp"

#include "items/claim_store.hpp"
#include "parts/lease_store.hpp"
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

}  // namespace

session_database::session_database(connection& on, transaction_counters& counters, queue_info queue,
                                   process_identity identity, session_options options)
    : on_(on),
      counters_(counters),
      queue_(std::move(queue)),
      identity_(std::move(identity)),
      options_(std::move(options)) {}

void session_database::register_session(const session_id& id) {
    run_transaction(on_, counters_, [&](transaction& tx) {
        if (require_queue(tx, queue_.name).part_count != queue_.part_count) {
            throw sql_failure(sql_failure_kind::refused, "",
                              "queue '" + queue_.name + "' was made anew; start the worker again");
        }
        leasehold::register_session(tx, queue_.name, id, identity_, options_);
    });
}

extend_outcome session_database::extend(const session_id& id) {
    return run_transaction(
        on_, counters_, [&](transaction& tx) { return extend_session(tx, id); }, beat_limits);
}

lease_database::lease_database(connection& on, transaction_counters& counters, queue_info queue)
    : on_(on), counters_(counters), queue_(std::move(queue)) {}

queue_change lease_database::watch() {
    auto change = read_snapshot(on_, [&](transaction& tx) { return watch_queue(tx, queue_.name); });
    if (!change) {
        throw sql_failure(sql_failure_kind::refused, "", "queue '" + queue_.name + "' was dropped");
    }
    return *change;
}

queue_view lease_database::view() {
    return read_snapshot(on_, [&](transaction& tx) {
        queue_view seen;
        if (const auto change = watch_queue(tx, queue_.name)) {
            seen.generation = change->generation;
        }
        seen.sessions = list_sessions(tx, queue_.name);
        seen.owned = list_leases(tx, queue_.name);
        return seen;
    });
}

std::vector<lease> lease_database::take(const session_id& me, const std::vector<part_id>& parts) {
    return run_transaction(on_, counters_, [&](transaction& tx) {
        return take_leases(tx, queue_.name, me, parts, "plan");
    });
}

void lease_database::let_go(const session_id& me, const std::vector<part_id>& parts) {
    // Nobody works in these parts any more. A claim that is left was granted by a transaction whose
    // answer got lost for good; it is given back, or the part could never change hands.
    const auto step = [&](part_id part) {
        return run_transaction(on_, counters_, [&](transaction& tx) {
            constexpr const char* why = "claimed, but never started";
            if (free_claims(tx, queue_, me, part, freed_max, why) == freed_max) {
                return false;  // perhaps more: they would keep the lease
            }
            release_leases(tx, queue_.name, me, {part}, "plan");
            return true;
        });
    };
    for (const auto part : parts) {
        while (!step(part)) {
        }
    }
}

void lease_database::set_leaving(const session_id& me) {
    run_transaction(on_, counters_,
                    [&](transaction& tx) { leasehold::set_leaving(tx, queue_.name, me); });
}

void lease_database::leave(const session_id& me) {
    run_transaction(on_, counters_, [&](transaction& tx) { leave_session(tx, queue_.name, me); });
}

bool lease_database::reap_step(const session_row& expired) {
    const auto why = "session " + to_text(expired.id) + " (" + expired.name +
                     ") ended without acknowledging the item";
    const bool done = run_transaction(on_, counters_, [&](transaction& tx) {
        if (!still_expired(tx, expired)) {
            return true;
        }
        const auto held = leases_of(tx, expired.id);
        if (held.empty()) {
            reap_session(tx, queue_.name, expired);
            return true;
        }
        // One part a step: each is free for its next owner as soon as its own claims are.
        const auto part = held.front().part;
        if (free_claims(tx, queue_, expired.id, part, freed_max, why) < freed_max) {
            release_leases(tx, queue_.name, expired.id, {part}, "expired");
        }
        return false;
    });
    if (done) {
        log().info("session reaped session={} name={} overdue_ms={}", to_text(expired.id),
                   expired.name, expired.overdue.count());
    }
    return done;
}

process_identity this_process(const session_options& options) {
    std::array<char, 256> host{};
    if (gethostname(host.data(), host.size() - 1) != 0) {
        host = {"unknown"};
    }
    const auto pid = static_cast<std::int64_t>(getpid());
    process_identity identity{
        .name = options.name, .host = host.data(), .pid = pid, .version = LEASEHOLD_VERSION};
    if (identity.name.empty()) {
        identity.name = identity.host + ":" + std::to_string(pid);
    }
    return identity;
}

}  // namespace leasehold
