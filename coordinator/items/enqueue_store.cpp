#include <leasehold/enqueue.hpp>
#include <leasehold/options.hpp>

#include "base/text.hpp"
#include "items/enqueue_store.hpp"
#include "items/item_tables.hpp"
#include "parts/keyspace.hpp"
#include "schema/sql.hpp"
#include "sql/sql_text.hpp"

#include <pqxx/pqxx>

#include <algorithm>
#include <array>
#include <stdexcept>
#include <unordered_set>
#include <utility>

namespace leasehold {

namespace {

using places = std::vector<std::size_t>;  ///< of items in a batch

/// The parameters of item_insert and item_insert_once.
params columns_of(const queue_info& queue, std::span<const new_item> items,
                  const std::vector<placed_item>& placed, const places& chosen) {
    std::vector<std::string> ids;
    std::vector<std::string> payloads;
    std::vector<std::optional<std::string>> keys;
    std::vector<std::optional<std::string>> dedupes;
    std::vector<std::string> priorities;
    std::vector<std::optional<std::string>> run_ats;
    std::vector<std::optional<std::string>> max_attempts;
    std::vector<std::string> recurs;
    for (const auto i : chosen) {
        const auto& one = items[i];
        ids.push_back(to_text(placed[i].id));
        payloads.push_back(one.payload);
        keys.push_back(one.key);
        dedupes.push_back(one.dedupe);
        priorities.push_back(std::to_string(one.priority));
        run_ats.push_back(one.run_at);
        max_attempts.push_back(one.max_attempts ? std::optional{std::to_string(*one.max_attempts)}
                                                : std::nullopt);
        recurs.emplace_back(placed[i].may_recur ? "true" : "false");
    }
    return {array_literal(ids),          array_literal(payloads),
            array_literal(keys),         array_literal(dedupes),
            array_literal(priorities),   array_literal(run_ats),
            array_literal(max_attempts), std::to_string(queue.max_attempts),
            array_literal(recurs),       queue.name};
}

const std::array<std::string, transaction::copied_columns> copied_columns{
    "part", "id", "payload", "key", "priority", "run_at", "max_attempts", "token"};

/// What item_copy_ground wants to know of the items at `chosen`.
params ring_columns(const queue_info& queue, std::span<const new_item> items,
                    const std::vector<placed_item>& placed, const places& chosen) {
    std::vector<std::string> ids;
    std::vector<std::optional<std::string>> run_ats;
    bool recurs = false;
    auto [first, last] = std::pair{placed[chosen.front()].id, placed[chosen.front()].id};
    bool all_now = true;
    for (const auto i : chosen) {
        ids.push_back(to_text(placed[i].id));
        run_ats.push_back(items[i].run_at);
        first = std::min(first, placed[i].id);
        last = std::max(last, placed[i].id);
        recurs = recurs || placed[i].may_recur;
        all_now = all_now && !items[i].run_at;
    }
    if (all_now) {  // it is only asked whether they are of one part
        ids = {to_text(first), to_text(last)};
        run_ats.resize(ids.size());
    }
    return {queue.name, array_literal(ids), array_literal(run_ats), recurs ? "true" : "false"};
}

/// Enqueues the items at `chosen`, which have no dedupe keys.
void copy_items(transaction& tx, const queue_info& queue, std::span<const new_item> items,
                const std::vector<placed_item>& placed, const places& chosen) {
    const auto ground = tx.run(over_all_parts(query::item_copy_ground, queue),
                               ring_columns(queue, items, placed, chosen))[0];
    const auto parts = ground["parts"].as<int>();
    const std::string token = ground["token"].c_str();
    std::vector<transaction::copied_line> lines;
    lines.reserve(chosen.size());
    for (const auto i : chosen) {
        const auto& one = items[i];
        const auto& id = placed[i].id;
        lines.push_back({std::to_string(part_of(id.value, parts).value), to_text(id), one.payload,
                         one.key, std::to_string(one.priority), one.run_at.value_or("now"),
                         std::to_string(one.max_attempts.value_or(queue.max_attempts)),
                         placed[i].may_recur ? token : "0"});
    }
    tx.copy_in("leasehold.items_" + queue.name, copied_columns, lines);
}

std::string key_problem(const char* what, const std::optional<std::string>& key) {
    constexpr std::size_t bytes_max = 1'000;
    if (!key || (!key->empty() && key->size() <= bytes_max)) {
        return {};
    }
    return std::string{what} +
           (key->empty() ? " is empty" : " has " + std::to_string(key->size()) + " bytes") +
           "; it must be 1 to " + std::to_string(bytes_max) + " bytes, or left out";
}

/// The pending item that stands in the way of `one`, which would have had the id `instead`.
std::optional<item_id> pending(transaction& tx, const queue_info& queue, const new_item& one,
                               const item_id& instead) {
    const auto rows =
        tx.run(over_all_parts(query::item_pending, queue), {to_text(instead), one.key, one.dedupe});
    return rows.empty() ? std::nullopt : std::optional{item_id{*uuid_from(rows[0][0].c_str())}};
}

/// Enqueues an item under an id that was never used.
enqueued insert_one(transaction& tx, const queue_info& queue, const new_item& one,
                    const item_id& id) {
    tx.run(over_all_parts(query::item_insert_one, queue),
           {to_text(id), one.payload, one.key, std::to_string(one.priority), one.run_at,
            std::to_string(one.max_attempts.value_or(queue.max_attempts)), queue.name});
    return {id, true};
}

/// Enqueues the items at `chosen`, which have dedupe keys.
void insert_once(transaction& tx, const queue_info& queue, std::span<const new_item> items,
                 const std::vector<placed_item>& placed, places chosen,
                 std::vector<enqueued>& answer) {
    constexpr int rounds_max = 100;
    for (int round = 1; !chosen.empty(); ++round) {
        if (round > rounds_max) {
            throw std::runtime_error(
                "an id made for a key is taken, and not by an item of its "
                "dedupe key: is leasehold.item_order behind the items?");
        }
        std::unordered_set<item_id> fresh;
        for (const auto& row : tx.run(over_all_parts(query::item_insert_once, queue),
                                      columns_of(queue, items, placed, chosen))) {
            fresh.insert({*uuid_from(row[0].c_str())});
        }
        places again;
        for (const auto i : chosen) {
            if (fresh.erase(placed[i].id) > 0) {  // of two alike in one batch the first is new
                continue;
            }
            answer[i].is_new = false;
            if (items[i].key) {
                // Its id is another's than ours. Gone again meanwhile: then ours goes in.
                const auto other = pending(tx, queue, items[i], placed[i].id);
                answer[i] = {other.value_or(placed[i].id), !other.has_value()};
                if (!other) {
                    again.push_back(i);
                }
            }
        }
        chosen = std::move(again);
    }
}

}  // namespace

std::string new_item_problem(const new_item& one) {
    if (one.payload.size() > payload_bytes_max) {
        return "the payload is " + std::to_string(one.payload.size()) + " bytes, the limit is " +
               std::to_string(payload_bytes_max) +
               ": keep large data elsewhere and enqueue a reference to it";
    }
    if (has_nul(one.payload) || (one.key && has_nul(*one.key)) ||
        (one.dedupe && has_nul(*one.dedupe)) || (one.run_at && has_nul(*one.run_at))) {
        return "the item holds a NUL byte, which no database text can: take it out";
    }
    if (one.id && begins_with_time(one.id->value)) {
        return "the id " + to_text(*one.id) +
               " begins with the time (UUID version 6 or 7), which would put all items of a day "
               "into one part: leave the id out, or give a random one (version 4)";
    }
    if (one.id && (one.key || one.dedupe)) {
        return "the item has the id " + to_text(*one.id) +
               " and a key or dedupe key, which gives an id too: leave one of them out";
    }
    for (const auto& problem :
         {key_problem("the key", one.key), key_problem("the dedupe key", one.dedupe)}) {
        if (!problem.empty()) {
            return problem;
        }
    }
    if (one.max_attempts && (*one.max_attempts < 1 || *one.max_attempts > 1000)) {
        return "max_attempts is " + std::to_string(*one.max_attempts) + "; it must be 1 to 1000";
    }
    return {};
}

std::string not_keyed_problem(const queue_info& queue) {
    return "queue '" + queue.name +
           "' is not keyed, and its items take no key: only a queue made by leasehold queue create "
           "--keyed keeps the items of one key in order";
}

std::vector<placed_item> place_items(transaction& tx, const queue_info& queue,
                                     std::span<const new_item> items) {
    std::vector<placed_item> placed;
    placed.reserve(items.size());
    std::vector<std::optional<std::string>> keys;
    std::vector<std::optional<std::string>> dedupes;
    places by_key;
    for (const auto& one : items) {
        auto problem = new_item_problem(one);
        if (problem.empty() && one.key && !queue.keyed) {
            problem = not_keyed_problem(queue);
        }
        if (!problem.empty()) {
            throw std::invalid_argument("item " + std::to_string(placed.size() + 1) + " of " +
                                        std::to_string(items.size()) + ": " + problem);
        }
        if (one.key || one.dedupe) {
            by_key.push_back(placed.size());
            keys.push_back(one.key);
            dedupes.push_back(one.dedupe);
        }
        const auto id = one.id.value_or(random_item_id());
        placed.push_back({id, one.id || one.dedupe});
    }
    if (by_key.empty()) {
        return placed;
    }
    const auto rows =
        tx.run(query::item_ids, {queue.name, array_literal(keys), array_literal(dedupes)});
    for (std::size_t n = 0; n < by_key.size(); ++n) {
        placed[by_key[n]].id = {
            *uuid_from(rows[static_cast<pqxx::result::size_type>(n)][0].c_str())};
    }
    return placed;
}

std::vector<enqueued> insert_items(transaction& tx, const queue_info& queue,
                                   std::span<const new_item> items,
                                   const std::vector<placed_item>& placed) {
    std::vector<enqueued> answer;
    answer.reserve(items.size());
    places plain;
    places once;
    for (std::size_t i = 0; i < items.size(); ++i) {
        answer.push_back({placed[i].id, true});
        (items[i].dedupe ? once : plain).push_back(i);
    }
    // A part that the table computes cannot be copied in, and one statement may be run again whole.
    const bool copies = traits_of(queue.dialect).part_tables;
    if (copies && plain.size() >= copied_min) {
        copy_items(tx, queue, items, placed, plain);
    } else if (!plain.empty()) {
        tx.run(over_all_parts(query::item_insert, queue), columns_of(queue, items, placed, plain));
    }
    insert_once(tx, queue, items, placed, std::move(once), answer);
    return answer;
}

bool item_exists(transaction& tx, const queue_info& queue, const item_id& id) {
    return !tx.run(over_all_parts(query::item_exists, queue), {to_text(id)}).empty();
}

std::vector<enqueued> enqueue(pqxx::transaction_base& tx, const queue_info& queue,
                              std::span<const new_item> items) {
    transaction ours{tx, queue.dialect};
    const bool looks = std::any_of(items.begin(), items.end(),
                                   [](const new_item& one) { return one.key && one.dedupe; });
    if (looks) {
        ours.prefer_index_lookups();
    }
    const auto placed = place_items(ours, queue, items);
    if (items.size() == 1 && !placed.front().may_recur) {
        return {insert_one(ours, queue, items.front(), placed.front().id)};
    }
    return insert_items(ours, queue, items, placed);
}

}  // namespace leasehold
