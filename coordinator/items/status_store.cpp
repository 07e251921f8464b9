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
    read_counts(tx, queue, status.parts);
    const auto claims = claims_by_session(tx, queue);
    status.dead = tx.run(query::dead_count, {queue.name})[0][0].as<std::int64_t>();
    status.items = total_of(status.parts);

    std::map<session_id, int> held;
    for (const auto& one : status.parts) {
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
                                   .claimed = claimed == claims.end() ? 0 : claimed->second});
    }
    return status;
}

}  // namespace leasehold
