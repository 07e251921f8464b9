#include "session/session_store.hpp"

#include "schema/sql.hpp"

#include <pqxx/pqxx>

namespace leasehold {

namespace {

void tell_the_others(transaction& tx, const std::string& queue) {
    tx.run(query::generation_raise, {queue});
}

param text_of(const std::optional<std::int64_t>& number) {
    return number ? param{std::to_string(*number)} : std::nullopt;
}

}  // namespace

void register_session(transaction& tx, const std::string& queue, const session_id& id,
                      const process_identity& identity, const session_options& options) {
    tx.run(query::session_register,
           {to_text(id), queue, identity.name, identity.host, std::to_string(identity.pid),
            identity.version, std::to_string(options.weight), std::to_string(options.ttl.count()),
            identity.named ? "true" : "false", text_of(identity.guard)});
    tx.run(query::session_joined, {queue, to_text(id)});
}

extend_outcome extend_session(transaction& tx, const session_id& id,
                              const std::optional<std::int64_t>& guard) {
    const auto rows = tx.run(query::session_extend, {to_text(id), text_of(guard)});
    if (rows.empty()) {
        return extend_outcome::gone;
    }
    return rows[0]["state"].as<std::string>() == "evicted" ? extend_outcome::evicted
                                                           : extend_outcome::extended;
}

void set_leaving(transaction& tx, const std::string& queue, const session_id& id) {
    tx.run(query::session_set_leaving, {to_text(id)});
    tell_the_others(tx, queue);
}

void leave_session(transaction& tx, const std::string& queue, const session_id& id) {
    const auto rows = tx.run(query::session_leave, {to_text(id)});
    if (rows.empty()) {
        return;
    }
    if (rows[0]["seat_kept"].as<bool>()) {
        tx.run(query::seat_kept, {queue});
    } else {
        tx.run(query::session_ended, {queue, to_text(id), rows[0]["was_live"].c_str()});
    }
}

bool begin_reap(transaction& tx, const std::string& queue, const session_row& seen) {
    if (tx.run(query::session_begin_reap, {to_text(seen.id), seen.expires_at}).empty()) {
        return false;
    }
    tell_the_others(tx, queue);
    return true;
}

bool expire_now(transaction& tx, const session_row& seen, std::int64_t guard) {
    return !tx.run(query::session_expire_now,
                   {to_text(seen.id), std::to_string(guard), seen.expires_at})
                .empty();
}

reap_hold hold_expired(transaction& tx, const session_row& seen) {
    const auto row = tx.run(query::session_still_expired, {to_text(seen.id), seen.expires_at})[0];
    if (row["is_mine"].as<bool>()) {
        return reap_hold::mine;
    }
    return row["is_there"].as<bool>() ? reap_hold::someone_elses : reap_hold::gone;
}

bool reap_session(transaction& tx, const std::string& queue, const session_row& seen) {
    const auto rows = tx.run(query::session_reap, {to_text(seen.id), seen.expires_at});
    if (rows.empty()) {
        return false;
    }
    tx.run(query::session_ended, {queue, to_text(seen.id), rows[0]["was_live"].c_str()});
    return true;
}

std::vector<session_row> list_sessions(transaction& tx, const std::string& queue) {
    std::vector<session_row> rows;
    for (const auto& row : tx.run(query::session_list, {queue})) {
        auto one = session_in(row);
        one.named = row["named"].as<bool>();
        one.cordoned = row["cordoned"].as<bool>();
        one.heartbeat_age = milliseconds{row["heartbeat_age_ms"].as<std::int64_t>()};
        rows.push_back(std::move(one));
    }
    return rows;
}

session_row session_in(const pqxx::row& row) {
    session_row one;
    one.id = {*uuid_from(row["id"].c_str())};
    one.name = row["name"].c_str();
    one.host = row["host"].c_str();
    one.pid = row["pid"].as<std::int64_t>();
    one.weight = row["weight"].as<int>();
    one.state = row["state"].c_str();
    one.expires_at = row["expires_at"].c_str();
    one.live = row["live"].as<bool>();
    one.overdue = milliseconds{row["overdue_ms"].as<std::int64_t>()};
    return one;
}

}  // namespace leasehold
