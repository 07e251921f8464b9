#include "worker/bench/own_queue_store.hpp"

#include <pqxx/pqxx>

#include <algorithm>

namespace leasehold::bench {

namespace {

std::string items_of(const queue_info& queue) { return "leasehold.items_" + queue.name; }

}  // namespace

void empty_queue(transaction& tx, const queue_info& queue) {
    tx.run_script("TRUNCATE " + items_of(queue));
    tx.execute("DELETE FROM leasehold.dead_items WHERE queue = $1", {queue.name});
}

void fill_queue(transaction& tx, const queue_info& queue, std::int64_t count, int payload_bytes) {
    tx.execute("INSERT INTO " + items_of(queue) +
                   " (part, id, payload)"
                   " SELECT leasehold.part_of(i.id, $3::int), i.id, i.payload"
                   "   FROM (SELECT gen_random_uuid() AS id,"
                   "            jsonb_build_object('n', n,"
                   "                'pad', repeat('x', greatest($2::int - 20, 0))) AS payload"
                   "           FROM generate_series(1, $1::int8) AS n) AS i",
               {std::to_string(count), std::to_string(payload_bytes),
                std::to_string(queue.part_count)});
}

void analyze_queue(transaction& tx, const queue_info& queue) {
    tx.run_script("ANALYZE " + items_of(queue));
}

std::int64_t queue_left(transaction& tx, const queue_info& queue) {
    return tx.run("SELECT count(*) FROM " + items_of(queue))[0][0].as<std::int64_t>();
}

bool is_settled(transaction& tx, const queue_info& queue, int sessions) {
    const auto row = tx.run(
        "SELECT (SELECT count(*) FROM leasehold.sessions WHERE queue = $1 AND state = 'live'),"
        "       count(DISTINCT l.id),"
        "       count(*) FILTER (WHERE l.id IS DISTINCT FROM p.planned_for OR l.id IS NULL)"
        "  FROM leasehold.parts AS p"
        "  LEFT JOIN leasehold.session_parts AS l"
        "    ON l.queue = p.queue AND l.part = p.part AND l.role = 'owner'"
        " WHERE p.queue = $1",
        {queue.name})[0];
    return row[0].as<int>() == sessions &&
           row[1].as<int>() == std::min(sessions, queue.part_count) && row[2].as<int>() == 0;
}

}  // namespace leasehold::bench
