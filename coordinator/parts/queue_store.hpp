#pragma once

#include "parts/queue_policy.hpp"
#include "session/guard_rules.hpp"
#include "session/session_store.hpp"
#include "sql/transaction.hpp"

#include <leasehold/queue.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace leasehold {

/// A queue to be made.
struct queue_spec {
    std::string name{};
    int part_count{64};      ///< 1 to 1024; it may grow later
    bool keyed{false};       ///< for the queue's whole life: items of one key run in order
    int max_attempts{25};    ///< 1 to 1000, of items that bring no limit of their own
    retry_policy retries{};  ///< 1 ms <= base <= max <= 30 days
    std::string strategy{"lexical"};
    claim_mode claims{claim_mode::row};
};

/// A queue in a list of queues.
struct queue_row {
    queue_info info{};
    std::int64_t sessions{0};  ///< live ones
};

enum class queue_pace { paused, working };

/// What of a queue its workers follow while they run.
struct queue_settings {
    bool paused{false};         ///< nothing is claimed, all keep their parts
    milliseconds help_delay{};  ///< how long an item is ready before idle sessions may take it
    int helpers_max{0};         ///< sessions that may help in one part at once
    std::string strategy{};     ///< by which its parts are divided
    claim_mode claims{claim_mode::row};
    int part_count{0};    ///< grows when an operator says so
    bool growing{false};  ///< nobody is to have a part of it now
    friend bool operator==(const queue_settings&, const queue_settings&) = default;
};

/// What a session has to know at every turn.
struct queue_watch {
    std::int64_t generation{0};
    std::int64_t plan{0};                         ///< number of the plan to follow
    std::optional<milliseconds> next_plan_due{};  ///< not positive: now; none: not before a change
    int planned_seats{0};                         ///< sessions that the plan counts with
    queue_settings settings{};
    std::optional<session_row> neighbour{};  ///< the session before `me` in the ring of ids
    std::optional<session_row> random{};     ///< the session before a random id
    std::optional<guard_look> guard{};       ///< the neighbour's, if it was looked at and has one
};

/// @return nothing when there is no queue of that name
std::optional<queue_info> find_queue(transaction& tx, const std::string& name);

/// A queue that may be used.
/// @throws sql_failure `refused`, naming the queue and what to run, when it is missing or not ready
queue_info require_queue(transaction& tx, const std::string& name);

std::vector<queue_row> list_queues(transaction& tx);

/// How many sessions of a queue are not expired.
std::int64_t live_sessions(transaction& tx, const std::string& name);

/// Adds a queue in state "creating"; nothing when the name is taken.
void insert_queue(transaction& tx, const queue_spec& wanted);

/// @return false when there is no queue of that name
bool set_queue_policy(transaction& tx, const std::string& name, const queue_policy& wanted);

/// Whether its workers claim anything; they are told, and keep their parts.
/// @return whether that is a change; false, too, when there is no queue of that name
/// Source: schema/queries/queue_pause.sql
bool set_paused(transaction& tx, const std::string& name, queue_pace pace);

/// Adds the rows of its parts, as many as its part count says.
void insert_parts(transaction& tx, const std::string& name);

/// @param state  "creating", "ready" or "dropping"
void set_queue_state(transaction& tx, const std::string& name, const std::string& state);

/// Takes every row about a queue out of the shared tables.
void forget_queue(transaction& tx, const std::string& name);

/// Three rows, read as a hint. Source: schema/queries/queue_watch.sql
/// @param me      the session that asks
/// @param random  any id
/// @param over    the connection it is asked over, for guard_look; none: looks at no guard
/// @return nothing when the queue is gone
std::optional<queue_watch> watch_queue(transaction& tx, const std::string& name,
                                       const session_id& me, const session_id& random,
                                       const std::optional<std::int64_t>& over = {});

}  // namespace leasehold
