#include <leasehold/enqueue.hpp>
#include <leasehold/options.hpp>

#include "base/text.hpp"
#include "items/enqueue_store.hpp"
#include "items/item_tables.hpp"
#include "parts/keyspace.hpp"
#include "schema/sql.hpp"
#include "sql/sql_text.hpp"

#include <pqxx/pqxx>

#include <stdexcept>

namespace leasehold {

namespace {

/// The columns of a batch, as item_insert wants them.
struct columns {
    std::vector<part_id> parts{};
    std::vector<std::string> ids{};
    std::vector<std::string> payloads{};
    std::vector<std::optional<std::string>> keys{};
    std::vector<std::string> priorities{};
    std::vector<std::optional<std::string>> run_ats{};
    std::vector<std::optional<std::string>> max_attempts{};
};

columns columns_of(const queue_info& queue, std::span<const new_item> items,
                   const std::vector<item_id>& ids) {
    columns batch;
    for (std::size_t i = 0; i < items.size(); ++i) {
        const auto& one = items[i];
        batch.parts.push_back(part_of(ids[i].value, queue.part_count));
        batch.ids.push_back(to_text(ids[i]));
        batch.payloads.push_back(one.payload);
        batch.keys.push_back(one.key);
        batch.priorities.push_back(std::to_string(one.priority));
        batch.run_ats.push_back(one.run_at);
        batch.max_attempts.push_back(
            one.max_attempts ? std::optional{std::to_string(*one.max_attempts)} : std::nullopt);
    }
    return batch;
}

}  // namespace

std::string new_item_problem(const new_item& one) {
    if (one.payload.size() > payload_bytes_max) {
        return "the payload is " + std::to_string(one.payload.size()) + " bytes, the limit is " +
               std::to_string(payload_bytes_max) +
               ": keep large data elsewhere and enqueue a reference to it";
    }
    if (has_nul(one.payload) || (one.key && has_nul(*one.key)) ||
        (one.run_at && has_nul(*one.run_at))) {
        return "the item holds a NUL byte, which no database text can: take it out";
    }
    if (one.id && begins_with_time(one.id->value)) {
        return "the id " + to_text(*one.id) +
               " begins with the time (UUID version 6 or 7), which would put all items of a day "
               "into one part: leave the id out, or give a random one (version 4)";
    }
    if (one.max_attempts && (*one.max_attempts < 1 || *one.max_attempts > 1000)) {
        return "max_attempts is " + std::to_string(*one.max_attempts) + "; it must be 1 to 1000";
    }
    return {};
}

std::vector<item_id> insert_items(transaction& tx, const queue_info& queue,
                                  std::span<const new_item> items) {
    std::vector<item_id> ids;
    ids.reserve(items.size());
    for (const auto& one : items) {
        if (const auto problem = new_item_problem(one); !problem.empty()) {
            throw std::invalid_argument("item " + std::to_string(ids.size() + 1) + " of " +
                                        std::to_string(items.size()) + ": " + problem);
        }
        ids.push_back(one.id.value_or(random_item_id()));
    }
    if (ids.empty()) {
        return ids;
    }
    const auto batch = columns_of(queue, items, ids);
    tx.run(over_all_parts(query::item_insert, queue),
           {array_literal(batch.parts), array_literal(batch.ids), array_literal(batch.payloads),
            array_literal(batch.keys), array_literal(batch.priorities),
            array_literal(batch.run_ats), array_literal(batch.max_attempts),
            std::to_string(queue.max_attempts)});
    return ids;
}

bool item_exists(transaction& tx, const queue_info& queue, const item_id& id) {
    const auto part = part_of(id.value, queue.part_count);
    return !tx.run(over_part(query::item_exists, queue, part),
                   {std::to_string(part.value), to_text(id)})
                .empty();
}

std::vector<item_id> enqueue(pqxx::transaction_base& tx, const queue_info& queue,
                             std::span<const new_item> items) {
    transaction ours{tx};
    return insert_items(ours, queue, items);
}

}  // namespace leasehold
