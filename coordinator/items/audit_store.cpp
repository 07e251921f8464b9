#include "items/audit_store.hpp"

#include "items/item_tables.hpp"
#include "schema/sql.hpp"

#include <pqxx/pqxx>

#include <array>
#include <stdexcept>
#include <string_view>
#include <utility>

namespace leasehold {

namespace {

audited audited_from(std::string_view word) {
    using enum audited;
    constexpr std::array<std::pair<std::string_view, audited>, 13> words{{{"found", found},
                                                                          {"enqueued", enqueued},
                                                                          {"claimed", claimed},
                                                                          {"completed", completed},
                                                                          {"returned", returned},
                                                                          {"freed", freed},
                                                                          {"buried", buried},
                                                                          {"spent", spent},
                                                                          {"deleted", deleted},
                                                                          {"forgotten", forgotten},
                                                                          {"altered", altered},
                                                                          {"present", present},
                                                                          {"dead", dead}}};
    for (const auto& [name, what] : words) {
        if (name == word) {
            return what;
        }
    }
    throw std::runtime_error("the audit has a word this build does not know: " + std::string{word});
}

std::optional<session_id> session_in(const pqxx::field& field) {
    return field.is_null() ? std::nullopt : std::optional{session_id{*uuid_from(field.c_str())}};
}

audit_event event_in(const pqxx::row& row) {
    audit_event one;
    one.item = {*uuid_from(row[0].c_str())};
    one.part = {row[1].as<std::int32_t>()};
    one.seq = row[2].as<std::int64_t>();
    one.what = audited_from(row[3].c_str());
    one.session = session_in(row[4]);
    one.fence = {row[5].is_null() ? 0 : row[5].as<std::int64_t>()};
    one.at_us = row[7].as<std::int64_t>();
    return one;
}

}  // namespace

void set_audit_state(transaction& tx, const std::string& queue, const std::string& state) {
    tx.run(query::queue_set_audit, {queue, state});
}

bool has_audit_triggers(transaction& tx, const queue_info& queue, part_id part) {
    return tx.run(over_part(query::audit_part_state, queue, part))[0]["there"].as<int>() == 2;
}

bool is_in_audit(transaction& tx, const std::string& queue) {
    return tx.run(query::audit_has_rows, {queue})[0]["has"].as<bool>();
}

bool has_audit_table(transaction& tx, const std::string& queue) {
    return tx.run(query::audit_exists, {queue})[0]["there"].as<bool>();
}

std::vector<audit_coverage> read_coverage(transaction& tx, const std::string& queue) {
    std::vector<audit_coverage> parts;
    for (const auto& row : tx.run(query::audit_coverage, {queue})) {
        audit_coverage one{.part = {row["part"].as<std::int32_t>()},
                           .switched_on = row["switched_on"].as<int>(),
                           .switched_off = row["switched_off"].as<int>(),
                           .firing = row["firing"].as<int>()};
        if (!row["on_at_us"].is_null()) {
            one.on_at_us = row["on_at_us"].as<std::int64_t>();
        }
        parts.push_back(one);
    }
    return parts;
}

std::vector<ownership_change> read_ownership(transaction& tx, const std::string& queue) {
    std::vector<ownership_change> changes;
    for (const auto& row : tx.run(query::ownership_changes, {queue})) {
        changes.push_back({.part = {row["part"].as<std::int32_t>()},
                           .term = {row["epoch"].as<std::int64_t>()},
                           .from = session_in(row["from_session"]),
                           .to = session_in(row["to_session"]),
                           .reason = row["reason"].c_str(),
                           .at_us = row["at_us"].as<std::int64_t>(),
                           .helps = row["helps"].as<bool>()});
    }
    return changes;
}

void read_audit(transaction& tx, const queue_info& queue,
                const std::function<void(const audit_event&)>& see) {
    tx.execute(over_all_parts(query::audit_open, queue), {queue.name});
    while (true) {
        const auto rows = tx.run(query::audit_fetch);
        for (const auto& row : rows) {
            see(event_in(row));
        }
        if (rows.empty()) {
            break;
        }
    }
    tx.execute(query::audit_close);
}

}  // namespace leasehold
