#include "session/seat_store.hpp"

#include "schema/sql.hpp"

#include <pqxx/pqxx>

namespace leasehold {

namespace {

/// @param rows  at most one {queue, changed}; tells the others when it was
seat_change change_in(transaction& tx, const pqxx::result& rows) {
    if (rows.empty()) {
        return seat_change::gone;
    }
    if (!rows[0]["changed"].as<bool>()) {
        return seat_change::as_it_was;
    }
    tx.run(query::generation_raise, {rows[0]["queue"].as<std::string>()});
    return seat_change::changed;
}

}  // namespace

std::vector<seated_session> list_seats(transaction& tx) {
    std::vector<seated_session> seats;
    for (const auto& row : tx.run(query::session_everywhere)) {
        seats.push_back({.queue = row["queue"].c_str(), .row = session_in(row)});
        seats.back().row.named = row["named"].as<bool>();
        seats.back().row.cordoned = row["cordoned"].as<bool>();
    }
    return seats;
}

seat_change set_cordon(transaction& tx, const session_id& id, cordon wanted) {
    const auto rows =
        tx.run(query::session_cordon, {to_text(id), wanted == cordon::on ? "true" : "false"});
    if (!rows.empty() && rows[0]["is_evicted"].as<bool>()) {
        return wanted == cordon::on ? seat_change::as_it_was : seat_change::evicted;
    }
    return change_in(tx, rows);
}

seat_change evict_session(transaction& tx, const session_id& id) {
    return change_in(tx, tx.run(query::session_evict, {to_text(id)}));
}

seat_change expire_session(transaction& tx, const session_id& id) {
    return change_in(tx, tx.run(query::session_expire, {to_text(id)}));
}

}  // namespace leasehold
