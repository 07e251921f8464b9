// sessions, vacant_seats, and the plan in queues and parts.

#include "tests/model/tables.hpp"

#include <algorithm>
#include <cmath>
#include <string>
#include <utility>

namespace leasehold::model {

namespace {

sql_failure violated(const char* sqlstate, const char* constraint) {
    return {sql_failure_kind::refused, sqlstate, constraint};
}

/// As `(extract(epoch FROM ...) * 1000)::int8`.
milliseconds rounded(instant time) {
    return milliseconds{std::llround(static_cast<double>(time) / us_per_ms)};
}

session_row row_of(const session_line& one, instant at) {
    session_row row;
    row.id = one.id;
    row.name = one.name;
    row.named = one.named;
    row.weight = one.weight;
    row.state = one.state;
    row.cordoned = one.cordoned;
    row.expires_at = std::to_string(one.expires_at);
    row.live = one.expires_at > at;
    row.heartbeat_age = rounded(at - one.heartbeat_at);
    row.overdue = rounded(at - one.expires_at);
    return row;
}

}  // namespace

tables::tables(queue_line queue, int part_count, instant ttl, mutation planted_one)
    : ttl_(ttl),
      mutation_(planted_one),
      queue_(std::move(queue)),
      parts_(static_cast<std::size_t>(part_count)) {}

const session_line* tables::find(const session_id& id) const {
    const auto found = std::find_if(sessions_.begin(), sessions_.end(),
                                    [&](const session_line& one) { return one.id == id; });
    return found == sessions_.end() ? nullptr : &*found;
}

session_line* tables::find(const session_id& id) {
    return const_cast<session_line*>(std::as_const(*this).find(id));
}

void tables::session_register(const session_id& id, const process_identity& who, int weight,
                              instant at) {
    if (find(id) != nullptr) {
        throw violated("23505", "a session id is used again");
    }
    const auto place = std::find_if(sessions_.begin(), sessions_.end(),
                                    [&](const session_line& one) { return id < one.id; });
    sessions_.insert(place, {.id = id,
                             .name = who.name,
                             .named = who.named,
                             .weight = weight,
                             .heartbeat_at = at,
                             .expires_at = at + ttl_});
    changes_.emplace_back(change::registered{id, at + ttl_});
}

/// As leasehold.raise_generation: a plan is due after `quiet`, or at once while nobody has parts.
void tables::raise_generation(instant quiet, instant at) {
    ++queue_.generation;
    const auto since = queue_.unplanned_since.value_or(at);
    const bool is_due = queue_.plan_at && *queue_.plan_at <= at;
    if (queue_.planned_seats == 0 || is_due) {
        queue_.plan_at = std::min(queue_.plan_at.value_or(at), at);
    } else {
        queue_.plan_at = std::min(at + quiet, since + 5 * quiet);
    }
    queue_.unplanned_since = since;
    changes_.emplace_back(change::raised{static_cast<int>(vacant_.size())});
}

void tables::session_joined(const session_id& id, instant at) {
    const auto* fresh = find(id);
    const bool is_awaited =
        fresh != nullptr && fresh->named &&
        std::any_of(vacant_.begin(), vacant_.end(),
                    [&](const vacant_line& one) { return one.name == fresh->name; });
    raise_generation(is_awaited ? 0 : queue_.settle, at);
}

extend_outcome tables::session_extend(const session_id& id, instant at) {
    auto* row = find(id);
    const bool revives = mutation_ == mutation::heartbeat_revives_expired;
    if (row == nullptr || (row->expires_at <= at && !revives)) {
        return extend_outcome::gone;
    }
    changes_.emplace_back(change::extended{id, at, row->expires_at, at + ttl_, ++row->version});
    row->heartbeat_at = at;
    row->expires_at = at + ttl_;
    return row->state == session_line::evicted ? extend_outcome::evicted : extend_outcome::extended;
}

void tables::session_set_leaving(const session_id& id) {
    if (auto* row = find(id)) {
        row->state = session_line::leaving;
        changes_.emplace_back(change::departing{id, ++row->version});
    }
}

void tables::remove_session(const session_id& id) {
    if (!lease_held(id).empty()) {
        throw violated("23503", "a_lease_belongs_to_a_session_of_the_same_queue");
    }
    std::erase_if(sessions_, [&](const session_line& one) { return one.id == id; });
}

bool tables::session_vacate(const session_id& id, instant at) {
    const auto* row = find(id);
    const bool is_kept = row != nullptr && row->named && !row->cordoned &&
                         row->state == session_line::leaving && queue_.restart_grace > 0 &&
                         queue_.strategy != "lexical";
    if (is_kept) {
        vacant_.push_back({id, row->name, row->weight, at});
        const auto over = at + queue_.restart_grace;
        queue_.plan_at = std::min(queue_.plan_at.value_or(over), over);
        changes_.emplace_back(change::seat_kept{});
    }
    return is_kept;
}

void tables::session_ended(const session_id& id, bool was_live, instant at) {
    const bool is_planned = std::any_of(parts_.begin(), parts_.end(), [&](const part_line& one) {
        return one.planned_for == id;
    });
    if (is_planned || was_live) {
        raise_generation(0, at);
    }
}

bool tables::is_counted(const session_id& id) const {
    const auto* row = find(id);
    return row != nullptr && row->state == session_line::live;
}

void tables::session_leave(const session_id& id, instant at) {
    const bool is_kept = session_vacate(id, at);
    const auto* row = find(id);
    if (row == nullptr) {
        return;
    }
    const bool was_live = is_counted(id);
    changes_.emplace_back(change::ended{id, at, false, row->version});
    help_end(id, lease_held(id));
    remove_session(id);
    if (!is_kept) {
        session_ended(id, was_live, at);
    }
}

bool tables::is_as_seen(const session_row& seen, instant at) const {
    const auto* row = find(seen.id);
    return row != nullptr && std::to_string(row->expires_at) == seen.expires_at &&
           row->expires_at <= at;
}

bool tables::session_still_expired(const session_row& seen, instant at) const {
    if (mutation_ == mutation::reap_without_compare) {
        return find(seen.id) != nullptr;
    }
    return is_as_seen(seen, at);
}

void tables::session_expire(const session_id& id, instant at) {
    auto* row = find(id);
    if (row != nullptr && row->expires_at > at) {
        row->expires_at = at;
        changes_.emplace_back(change::expired{id, at, ++row->version});
    }
}

bool tables::session_begin_reap(const session_row& seen, instant at) {
    auto* row = find(seen.id);
    if (!is_as_seen(seen, at) || row->state == session_line::leaving) {
        return false;
    }
    row->state = session_line::leaving;
    changes_.emplace_back(change::departing{seen.id, ++row->version});
    return true;
}

bool tables::session_reap(const session_row& seen, instant at) {
    if (!session_still_expired(seen, at)) {
        return false;
    }
    changes_.emplace_back(change::ended{seen.id, at, true, find(seen.id)->version});
    remove_session(seen.id);
    return true;
}

std::vector<session_row> tables::session_list(instant at) const {
    std::vector<session_row> rows;
    rows.reserve(sessions_.size());
    for (const auto& one : sessions_) {
        rows.push_back(row_of(one, at));
    }
    return rows;
}

leasehold::queue_watch tables::queue_watch(const session_id& me, const session_id& random,
                                           instant at) const {
    leasehold::queue_watch seen{.generation = queue_.generation,
                                .plan = queue_.plan,
                                .planned_seats = queue_.planned_seats,
                                .settings = {.paused = queue_.paused,
                                             .help_delay = queue_.help_delay,
                                             .helpers_max = queue_.helpers_max,
                                             .claims = queue_.claims}};
    if (queue_.plan_at) {
        seen.next_plan_due = rounded(*queue_.plan_at - at);
    }
    for (const auto& one : sessions_) {
        if (one.id < me) {
            seen.neighbour = row_of(one, at);
        }
        if (one.id < random) {
            seen.random = row_of(one, at);
        }
    }
    if (!seen.neighbour && !sessions_.empty()) {
        seen.neighbour = row_of(sessions_.back(), at);
    }
    return seen;
}

std::optional<plan_record> tables::due_plan(instant at) const {
    const bool is_due = queue_.plan_at && *queue_.plan_at <= at;
    return is_due ? std::optional{recorded_plan(at)} : std::nullopt;
}

plan_record tables::recorded_plan(instant at) const {
    plan_record record{.strategy = queue_.strategy,
                       .part_count = static_cast<int>(parts_.size()),
                       .is_ready = true,
                       .restart_grace = rounded(queue_.restart_grace),
                       .number = queue_.plan,
                       .sessions = session_list(at)};
    for (const auto& one : vacant_) {
        record.vacant.push_back(
            {.seat = {one.session, one.weight, one.name}, .left = rounded(at - one.left_at)});
    }
    for (const auto& one : parts_) {
        record.planned.push_back(one.planned_for);
        record.loads.push_back(one.load);
    }
    return record;
}

void tables::write_plan(const plan_record& record, const plan_changes& changes, instant at) {
    const auto number = record.number + (changes.parts.empty() ? 0 : 1);
    for (const auto& one : changes.parts) {
        at_part(one.part).planned_for = one.to;
        changes_.emplace_back(change::planned{one.part, one.to});
    }
    std::erase_if(vacant_, [&](const vacant_line& one) {
        return std::find(changes.forgotten.begin(), changes.forgotten.end(), one.session) !=
               changes.forgotten.end();
    });
    queue_.plan = number;
    queue_.planned_seats = changes.seats;
    queue_.unplanned_since.reset();
    queue_.weighed = true;
    queue_.plan_at = changes.next ? std::optional{at + in_us(*changes.next)} : std::nullopt;
    changes_.emplace_back(change::plan_stands{record.number, number});
}

void tables::set_cordoned(const session_id& id, bool cordoned, instant at) {
    auto* row = find(id);
    if (row != nullptr && row->cordoned != cordoned) {
        row->cordoned = cordoned;
        ++row->version;
        raise_generation(0, at);
    }
}

void tables::evict(const session_id& id, instant at) {
    auto* row = find(id);
    if (row != nullptr && row->state == session_line::live) {
        row->state = session_line::evicted;
        changes_.emplace_back(change::departing{id, ++row->version});
        raise_generation(0, at);
    }
}

void tables::set_loads(const std::vector<double>& loads) {
    for (std::size_t i = 0; i < parts_.size(); ++i) {
        parts_[i].load = loads[i];
    }
    queue_.weighed = false;
    changes_.emplace_back(change::weighed{});
}

}  // namespace leasehold::model
