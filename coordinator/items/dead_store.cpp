#include "items/dead_store.hpp"

#include "items/item_tables.hpp"
#include "parts/keyspace.hpp"
#include "schema/sql.hpp"
#include "sql/sql_text.hpp"

#include <pqxx/pqxx>

namespace leasehold {

namespace {

/// The parameters $1 to $8 that the statements about dead items share.
params chosen(const queue_info& queue, const dead_filter& which, std::int64_t count_max) {
    param ids;
    if (!which.ids.empty()) {
        std::vector<std::string> texts;
        for (const auto& id : which.ids) {
            texts.push_back(to_text(id));
        }
        ids = array_literal(texts);
    }
    return {queue.name, ids,         which.reason, which.error,
            which.key,  which.since, which.before, std::to_string(count_max)};
}

/// The steps of a long list go by the index on the time of death; sorted anew for each, they would
/// take longer the longer the list.
void prefer_index_order(transaction& tx) { tx.set_where_known("SET LOCAL enable_sort = off"); }

std::optional<std::string> text_of(const pqxx::field& field) {
    return field.is_null() ? std::nullopt : std::optional{std::string{field.c_str(), field.size()}};
}

dead_item item_in(const pqxx::row& row) {
    dead_item one;
    one.id = {*uuid_from(row["id"].c_str())};
    one.died_at = row["died_at"].c_str();
    one.reason = row["reason"].c_str();
    one.attempt = row["attempt"].as<int>();
    one.max_attempts = row["max_attempts"].as<int>();
    one.key = text_of(row["key"]);
    one.dedupe = text_of(row["dedupe"]);
    one.priority = row["priority"].as<int>();
    one.part = {row["part"].as<std::int32_t>()};
    one.created_at = row["created_at"].c_str();
    one.fence = {row["token"].as<std::int64_t>()};
    one.last_error = text_of(row["last_error"]);
    one.errors = text_of(row["errors"]);
    if (!row["progress"].is_null()) {
        one.percent = row["progress"].as<int>();
    }
    one.note = text_of(row["note"]);
    one.payload = text_of(row["payload"]).value_or("");
    return one;
}

}  // namespace

std::vector<dead_item> list_dead(transaction& tx, const queue_info& queue, const dead_filter& which,
                                 std::int64_t count_max) {
    prefer_index_order(tx);
    std::vector<dead_item> items;
    for (const auto& row : tx.run(query::dead_list, chosen(queue, which, count_max))) {
        items.push_back(item_in(row));
    }
    return items;
}

redriven redrive_dead(transaction& tx, const queue_info& queue, const dead_filter& which,
                      std::int64_t count_max, const redrive_cursor& from) {
    auto values = chosen(queue, which, count_max);
    values.insert(values.end(), {from.died_at, to_text(from.id)});
    prefer_index_order(tx);
    redriven step;
    const auto rows = tx.run(over_all_parts(query::dead_redrive, queue), values);
    for (const auto& row : rows) {
        ++(row["back"].as<bool>() ? step.count : step.pending);
        step.go_on = redrive_cursor{row["died_at"].c_str(), {*uuid_from(row["id"].c_str())}};
    }
    if (static_cast<std::int64_t>(rows.size()) < count_max) {
        step.go_on.reset();
    }
    return step;
}

std::int64_t delete_dead(transaction& tx, const queue_info& queue, const dead_filter& which,
                         std::int64_t count_max) {
    prefer_index_order(tx);
    const auto rows = tx.run(query::dead_delete, chosen(queue, which, count_max));
    return static_cast<std::int64_t>(rows.size());
}

std::string time_ago(transaction& tx, std::chrono::seconds age) {
    return tx.run(query::time_ago, {std::to_string(age.count())})[0][0].as<std::string>();
}

cancel_result cancel_item(transaction& tx, const queue_info& queue, const item_id& id,
                          const std::string& reason) {
    hold_tables(tx, queue.name, table_use::writing);
    if (!tx.run(over_all_parts(query::item_cancel_ready, queue), {to_text(id), queue.name, reason})
             .empty()) {
        return cancel_result::cancelled;
    }
    return tx.run(over_all_parts(query::item_cancel_claimed, queue), {to_text(id)}).empty()
               ? cancel_result::missing
               : cancel_result::asked;
}

std::vector<dead_item> list_dead(pqxx::transaction_base& tx, const queue_info& queue,
                                 const dead_filter& which, std::int64_t count_max) {
    transaction ours{tx, queue.dialect};
    return list_dead(ours, queue, which, count_max);
}

redriven redrive_dead(pqxx::transaction_base& tx, const queue_info& queue, const dead_filter& which,
                      std::int64_t count_max, const redrive_cursor& from) {
    transaction ours{tx, queue.dialect};
    return redrive_dead(ours, queue, which, count_max, from);
}

std::int64_t delete_dead(pqxx::transaction_base& tx, const queue_info& queue,
                         const dead_filter& which, std::int64_t count_max) {
    transaction ours{tx, queue.dialect};
    return delete_dead(ours, queue, which, count_max);
}

cancel_result cancel_item(pqxx::transaction_base& tx, const queue_info& queue, const item_id& id,
                          const std::string& reason) {
    transaction ours{tx, queue.dialect};
    ours.prefer_index_lookups();
    return cancel_item(ours, queue, id, reason);
}

}  // namespace leasehold
