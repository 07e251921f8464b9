#include "worker/bench/limit_store.hpp"

#include <pqxx/pqxx>

namespace leasehold::bench {

namespace {

std::string table_of(int worker) { return "leasehold_bench.limit_" + std::to_string(worker); }

template <class Text>
void for_each(transaction& tx, int workers, Text text) {
    for (int worker = 0; worker < workers; ++worker) {
        tx.run_script(text(worker));
    }
}

}  // namespace

void make_limit(transaction& tx, int workers) {
    tx.run_script(
        "CREATE TABLE IF NOT EXISTS leasehold_bench.limit_holder (worker int PRIMARY KEY);"
        "CREATE TABLE IF NOT EXISTS leasehold_bench.limit_items ("
        "    worker int NOT NULL, id uuid NOT NULL DEFAULT gen_random_uuid(),"
        "    payload jsonb NOT NULL, run_at timestamptz NOT NULL DEFAULT now(),"
        "    PRIMARY KEY (id, worker)) PARTITION BY LIST (worker)");
    for_each(tx, workers, [](int worker) {
        const auto number = std::to_string(worker);
        return "INSERT INTO leasehold_bench.limit_holder VALUES (" + number +
               ") ON CONFLICT DO NOTHING; CREATE TABLE IF NOT EXISTS " + table_of(worker) +
               " PARTITION OF leasehold_bench.limit_items FOR VALUES IN (" + number + ")";
    });
}

void empty_limit(transaction& tx, int workers) {
    for_each(tx, workers, [](int worker) { return "TRUNCATE " + table_of(worker); });
}

void fill_limit(transaction& tx, int worker, std::int64_t count, int payload_bytes) {
    tx.execute("INSERT INTO " + table_of(worker) +
                   " (worker, payload)"
                   " SELECT $1::int,"
                   "   jsonb_build_object('n', n, 'pad', repeat('x', greatest($3::int - 20, 0)))"
                   "   FROM generate_series(1, $2::int8) AS n",
               {std::to_string(worker), std::to_string(count), std::to_string(payload_bytes)});
}

void analyze_limit(transaction& tx, int workers) {
    for_each(tx, workers, [](int worker) { return "ANALYZE " + table_of(worker); });
}

std::int64_t limit_left(transaction& tx) {
    return tx.run("SELECT count(*) FROM leasehold_bench.limit_items")[0][0].as<std::int64_t>();
}

}  // namespace leasehold::bench
