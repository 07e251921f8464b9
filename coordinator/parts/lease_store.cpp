#include "parts/lease_store.hpp"

#include "schema/sql.hpp"
#include "sql/sql_text.hpp"

#include <pqxx/pqxx>

namespace leasehold {

namespace {

part_id part_in(const pqxx::row& row) { return {row["part"].as<std::int32_t>()}; }

epoch epoch_in(const pqxx::row& row) { return {row["epoch"].as<std::int64_t>()}; }

token base_in(const pqxx::row& row) { return {row["token_base"].as<std::int64_t>()}; }

claim_way way_in(const pqxx::row& row) {
    return {.by_lease = row["by_lease"].as<bool>(), .base = base_in(row)};
}

std::optional<session_id> session_in(const pqxx::field& field) {
    return field.is_null() ? std::nullopt : std::optional{session_id{*uuid_from(field.c_str())}};
}

/// One column of a result, as the array that the next statement takes.
std::string column(const pqxx::result& rows, const char* name) {
    std::vector<std::string> values;
    for (const auto& row : rows) {
        values.emplace_back(row[name].c_str());
    }
    return array_literal(values);
}

}  // namespace

void lock_parts(transaction& tx, const std::string& queue, const std::vector<part_id>& parts) {
    tx.run(query::lease_lock, {queue, array_literal(parts)});
}

std::vector<lease> take_leases(transaction& tx, const std::string& queue, const session_id& session,
                               const std::vector<part_id>& parts) {
    lock_parts(tx, queue, parts);
    std::vector<lease> taken;
    for (const auto& row :
         tx.run(query::lease_take, {queue, to_text(session), array_literal(parts)})) {
        taken.push_back({part_in(row), epoch_in(row), way_in(row)});
    }
    return taken;
}

std::vector<part_id> give_leases(transaction& tx, const std::string& queue,
                                 const session_id& session, const std::vector<part_id>& parts,
                                 giver from) {
    lock_parts(tx, queue, parts);
    const auto rows = tx.run(query::lease_give, {queue, to_text(session), array_literal(parts),
                                                 from == giver::reaped ? "true" : "false"});
    std::vector<part_id> given;
    for (const auto& row : rows) {
        given.push_back(part_in(row));
    }
    if (!given.empty()) {
        tx.run(query::lease_receive,
               {queue, to_text(session), column(rows, "to_session"), column(rows, "part"),
                column(rows, "epoch"), column(rows, "why"), column(rows, "plan")});
    }
    return given;
}

void mark_doubt(transaction& tx, const std::string& queue, part_id part) {
    tx.run(query::part_doubt, {queue, std::to_string(part.value)});
}

std::vector<lease> claim_by_lease(transaction& tx, const std::string& queue,
                                  const session_id& session, const std::vector<part_id>& parts) {
    lock_parts(tx, queue, parts);
    std::vector<lease> leases;
    for (const auto& row :
         tx.run(query::part_by_lease, {queue, to_text(session), array_literal(parts)})) {
        leases.push_back({part_in(row), epoch_in(row), {.by_lease = true, .base = base_in(row)}});
    }
    return leases;
}

void claim_by_row(transaction& tx, const std::string& queue, const session_id& session,
                  const std::vector<part_id>& parts) {
    // Waits for a change of the same that got no answer, and is perhaps still on its way.
    lock_parts(tx, queue, parts);
    tx.run(query::part_by_row, {queue, to_text(session), array_literal(parts)});
}

std::vector<part_id> release_leases(transaction& tx, const std::string& queue,
                                    const session_id& session, const std::vector<part_id>& parts,
                                    const std::string& reason) {
    lock_parts(tx, queue, parts);
    std::vector<part_id> released;
    for (const auto& row :
         tx.run(query::lease_release, {queue, to_text(session), array_literal(parts), reason})) {
        released.push_back(part_in(row));
    }
    return released;
}

std::vector<owned_part> list_leases(transaction& tx, const std::string& queue) {
    std::vector<owned_part> owned;
    for (const auto& row : tx.run(query::lease_list, {queue})) {
        owned.push_back({part_in(row), *session_in(row["id"]), epoch_in(row)});
    }
    return owned;
}

std::vector<held_lease> leases_of(transaction& tx, const session_id& session) {
    std::vector<held_lease> leases;
    for (const auto& row : tx.run(query::lease_held, {to_text(session)})) {
        const bool helps = row["role"].as<std::string>() == "helper";
        leases.push_back({{.part = part_in(row), .term = epoch_in(row)},
                          helps ? lease_role::helper : lease_role::owner});
    }
    return leases;
}

std::vector<part_view> look_at_leases(transaction& tx, const std::string& queue,
                                      const session_id& session) {
    std::vector<part_view> parts;
    for (const auto& row : tx.run(query::lease_look, {queue, to_text(session)})) {
        part_view one{.part = part_in(row),
                      .owner = session_in(row["owner"]),
                      .planned_for = session_in(row["planned_for"]),
                      .planned_is_live = row["planned_is_live"].as<bool>()};
        if (one.owner) {
            one.term = epoch_in(row);
            one.way = way_in(row);
        }
        parts.push_back(one);
    }
    return parts;
}

}  // namespace leasehold
