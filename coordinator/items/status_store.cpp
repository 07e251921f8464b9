#include "items/status_store.hpp"

#include "items/item_tables.hpp"
#include "parts/lease_store.hpp"
#include "schema/sql.hpp"

#include <pqxx/pqxx>

#include <algorithm>
#include <map>

namespace leasehold {

namespace {

std::vector<part_status> empty_parts(const queue_info& queue) {
    std::vector<part_status> parts(static_cast<std::size_t>(queue.part_count));
    for (std::size_t i = 0; i < parts.size(); ++i) {
        parts[i].part = {static_cast<std::int32_t>(i)};
    }
    return parts;
}

/// The part numbered `number`, or nothing when a damaged database has one too many.
part_status* find_part(std::vector<part_status>& parts, std::int32_t number) {
    const auto place = static_cast<std::size_t>(number);
    return number >= 0 && place < parts.size() ? &parts[place] : nullptr;
}

void read_epochs(transaction& tx, const queue_info& queue, std::vector<part_status>& parts) {
    for (const auto& row : tx.run(query::part_epochs, {queue.name})) {
        if (auto* part = find_part(parts, row["part"].as<std::int32_t>())) {
            part->last_term = {row["epoch"].as<std::int64_t>()};
            if (!row["planned_for"].is_null()) {
                part->planned_for = session_id{*uuid_from(row["planned_for"].c_str())};
            }
        }
    }
}

void read_owners(transaction& tx, const queue_info& queue, std::vector<part_status>& parts) {
    for (const auto& one : list_leases(tx, queue.name)) {
        if (auto* part = find_part(parts, one.part.value)) {
            part->owner = one.owner;
            part->last_term = one.term;
        }
    }
}

void read_helping(transaction& tx, const queue_info& queue, std::vector<part_status>& parts) {
    for (const auto& row : tx.run(query::lease_helping, {queue.name})) {
        if (auto* part = find_part(parts, row["part"].as<std::int32_t>())) {
            part->helpers.push_back({*uuid_from(row["id"].c_str())});
        }
    }
}

plan_status read_plan(transaction& tx, const queue_info& queue,
                      const std::vector<session_row>& sessions) {
    const auto row = tx.run(query::plan_state, {queue.name})[0];
    plan_status plan{.number = row["plan"].as<std::int64_t>()};
    if (!row["next_in_ms"].is_null()) {
        plan.next = milliseconds{std::max<std::int64_t>(0, row["next_in_ms"].as<std::int64_t>())};
    }
    // With nobody there, nobody plans.
    plan.is_due = row["is_outdated"].as<bool>() &&
                  std::any_of(sessions.begin(), sessions.end(),
                              [](const session_row& one) { return one.live; });
    return plan;
}

std::optional<item_skew> skew_in(const std::vector<part_status>& parts,
                                 const std::vector<session_row>& sessions) {
    std::vector<std::int64_t> ready;
    std::vector<std::optional<session_id>> owners;
    for (const auto& one : parts) {
        ready.push_back(one.items.ready);
        owners.push_back(one.owner);
    }
    std::map<session_id, int> weights;
    for (const auto& one : sessions) {
        if (one.live && one.state == "live" && !one.cordoned) {
            weights[one.id] = one.weight;
        }
    }
    return skew_of(ready, owners, weights);
}

void read_counts(transaction& tx, const queue_info& queue, std::vector<part_status>& parts) {
    for (const auto& row : tx.run(over_all_parts(query::item_counts, queue))) {
        auto* part = find_part(parts, row["part"].as<std::int32_t>());
        if (part == nullptr) {
            continue;
        }
        part->items.ready = row["ready"].as<std::int64_t>();
        part->items.scheduled = row["scheduled"].as<std::int64_t>();
        part->items.claimed = row["claimed"].as<std::int64_t>();
        if (!row["oldest_ready_age_ms"].is_null()) {
            part->items.oldest_ready_age =
                milliseconds{row["oldest_ready_age_ms"].as<std::int64_t>()};
        }
    }
}

std::map<session_id, std::int64_t> claims_by_session(transaction& tx, const queue_info& queue) {
    std::map<session_id, std::int64_t> claims;
    for (const auto& row : tx.run(over_all_parts(query::item_claims_by_session, queue))) {
        claims[{*uuid_from(row["id"].c_str())}] = row["claimed"].as<std::int64_t>();
    }
    return claims;
}

item_counts total_of(const std::vector<part_status>& parts) {
    item_counts total;
    for (const auto& one : parts) {
        total.ready += one.items.ready;
        total.scheduled += one.items.scheduled;
        total.claimed += one.items.claimed;
        total.oldest_ready_age = std::max(total.oldest_ready_age, one.items.oldest_ready_age);
    }
    return total;
}

}  // namespace

queue_status read_status(transaction& tx, const queue_info& queue) {
    queue_status status{.queue = queue, .parts = empty_parts(queue)};
    // First, for its ages are read off the server's clock while the counting may take a while.
    const auto sessions = list_sessions(tx, queue.name);
    read_epochs(tx, queue, status.parts);
    read_owners(tx, queue, status.parts);
    read_helping(tx, queue, status.parts);
    status.plan = read_plan(tx, queue, sessions);
    read_counts(tx, queue, status.parts);
    const auto claims = claims_by_session(tx, queue);
    status.dead = tx.run(query::dead_count, {queue.name})[0][0].as<std::int64_t>();
    status.items = total_of(status.parts);

    status.skew = skew_in(status.parts, sessions);

    std::map<session_id, int> held;
    std::map<session_id, int> helping;
    for (const auto& one : status.parts) {
        for (const auto& id : one.helpers) {
            ++helping[id];
        }
        status.moving_parts += one.is_moving() ? 1 : 0;
        if (one.owner) {
            ++held[*one.owner];
        } else {
            ++status.unowned_parts;
        }
    }
    for (const auto& row : sessions) {
        const auto claimed = claims.find(row.id);
        status.sessions.push_back({.row = row,
                                   .part_count = held[row.id],
                                   .claimed = claimed == claims.end() ? 0 : claimed->second,
                                   .helping = helping[row.id]});
    }
    return status;
}

}  // namespace leasehold
