#pragma once

#include "items/status_store.hpp"

#include <nlohmann/json_fwd.hpp>

#include <string>

/// A queue's status as people and programs are shown it.

namespace leasehold {

/// {queue, parts, strategy, generation, audit, sessions, items{ready, scheduled, claimed, dead},
/// unowned_parts, oldest_ready_age_ms, paused, plan, plan_due, next_plan_in_ms, moving_parts,
/// skew{parts, ready_share, even_share, busiest_session}, settings}; oldest_ready_age_ms and skew
/// are null when nothing is ready, next_plan_in_ms when no plan is due before the next change.
nlohmann::ordered_json status_json(const queue_status& status);

/// [{id, name, pid, host, state, part_count, claimed, heartbeat_age_ms, weight, cordoned,
/// helping}], by id; helping is the number of parts of others that it helps in.
nlohmann::ordered_json sessions_json(const queue_status& status);

/// [{part, lower, upper, owner, epoch, ready, claimed, planned_for, helpers}]: bounds are
/// inclusive, owner is null when there is none, epoch is that of the last owner then.
nlohmann::ordered_json parts_json(const queue_status& status);

/// Counts, ownership strip and sessions; several lines, each with its '\n'.
std::string status_text(const queue_status& status);
std::string sessions_text(const queue_status& status);
std::string parts_text(const queue_status& status);

/// The parts in order, a letter each: that of its owner, '.' when there is none. Wrapped, with the
/// first part's number before each line when there is more than one line.
std::string ownership_strip(const queue_status& status);

}  // namespace leasehold
