#include "parts/plan_store.hpp"

#include "parts/lease_store.hpp"
#include "schema/sql.hpp"
#include "sql/sql_text.hpp"

#include <pqxx/pqxx>

namespace leasehold {

namespace {

plan_record record_in(transaction& tx, const std::string& queue, const pqxx::row& row) {
    plan_record record{
        .strategy = row["strategy"].c_str(),
        .part_count = row["part_count"].as<int>(),
        .is_ready = row["state"].as<std::string>() == "ready",
        .restart_grace = milliseconds{row["restart_grace_ms"].as<std::int64_t>()},
        .number = row["plan"].as<std::int64_t>(),
        .sessions = list_sessions(tx, queue),
    };
    for (const auto& one : tx.run(query::plan_ground_vacant, {queue})) {
        record.vacant.push_back({.seat = {.id = {*uuid_from(one["session"].c_str())},
                                          .weight = one["weight"].as<int>(),
                                          .name = one["name"].c_str()},
                                 .left = milliseconds{one["left_ms"].as<std::int64_t>()}});
    }
    for (const auto& one : tx.run(query::plan_ground_parts, {queue})) {
        record.planned.push_back(
            one["planned_for"].is_null()
                ? std::nullopt
                : std::optional{session_id{*uuid_from(one["planned_for"].c_str())}});
        record.loads.push_back(one["load"].as<double>());
    }
    return record;
}

std::optional<plan_record> first_record(transaction& tx, const std::string& queue,
                                        const statement_text& statement) {
    const auto rows = tx.run(statement, {queue});
    return rows.empty() ? std::nullopt : std::optional{record_in(tx, queue, rows[0])};
}

}  // namespace

std::optional<plan_record> due_plan(transaction& tx, const std::string& queue) {
    auto record = first_record(tx, queue, query::plan_ground_queue);
    if (record && !record->is_ready) {
        record->is_ready = tx.run(query::growth_given_up, {queue}).affected_rows() == 1;
    }
    return record;
}

std::optional<plan_record> recorded_plan(transaction& tx, const std::string& queue) {
    return first_record(tx, queue, query::plan_recorded);
}

void ask_for_plan(transaction& tx, const std::string& queue) {
    tx.run(query::generation_raise, {queue});
}

void write_plan(transaction& tx, const std::string& queue, const plan_record& record,
                const plan_changes& changes) {
    // A plan that moves nothing is no news: nobody need look at it.
    const auto number = std::to_string(record.number + (changes.parts.empty() ? 0 : 1));
    if (!changes.parts.empty()) {
        std::vector<part_id> ids;
        std::vector<std::string> parts;
        std::vector<std::optional<std::string>> sessions;
        std::vector<std::string> causes;
        for (const auto& one : changes.parts) {
            ids.push_back(one.part);
            parts.push_back(std::to_string(one.part.value));
            sessions.push_back(one.to ? std::optional{to_text(*one.to)} : std::nullopt);
            causes.push_back(one.why);
        }
        // In their order, as those who change hands do, and not in whatever order an UPDATE has.
        lock_parts(tx, queue, ids);
        tx.run(query::plan_write_parts, {queue, number, array_literal(parts),
                                         array_literal(sessions), array_literal(causes)});
    }
    if (!changes.forgotten.empty()) {
        std::vector<std::string> seats;
        for (const auto& one : changes.forgotten) {
            seats.push_back(to_text(one));
        }
        tx.run(query::plan_forget_vacant, {queue, array_literal(seats)});
    }
    tx.run(query::plan_write_queue,
           {queue, number, std::to_string(changes.seats),
            changes.next ? param{std::to_string(changes.next->count())} : std::nullopt});
}

}  // namespace leasehold
