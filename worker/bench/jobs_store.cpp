#include "worker/bench/jobs_store.hpp"

#include <pqxx/pqxx>

namespace leasehold::bench {

bool has_jobs(transaction& tx) {
    return tx.run("SELECT to_regclass('leasehold_bench.jobs') IS NOT NULL")[0][0].as<bool>();
}

void make_jobs(transaction& tx) {
    tx.run_script(R"(
CREATE TABLE leasehold_bench.jobs (
    id         bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    payload    jsonb NOT NULL,
    priority   int NOT NULL DEFAULT 0,
    run_at     timestamptz NOT NULL DEFAULT now(),
    attempt    int NOT NULL DEFAULT 0,
    claimed_by int,
    claimed_at timestamptz,
    created_at timestamptz NOT NULL DEFAULT now());
CREATE INDEX jobs_ready ON leasehold_bench.jobs (run_at, id) WHERE claimed_by IS NULL)");
}

void empty_jobs(transaction& tx) {
    tx.run_script("TRUNCATE leasehold_bench.jobs RESTART IDENTITY");
}

void fill_jobs(transaction& tx, std::int64_t count, int payload_bytes) {
    tx.execute(
        "INSERT INTO leasehold_bench.jobs (payload)"
        " SELECT jsonb_build_object('n', n, 'pad', repeat('x', greatest($2::int - 20, 0)))"
        "   FROM generate_series(1, $1::int8) AS n",
        {std::to_string(count), std::to_string(payload_bytes)});
}

void analyze_jobs(transaction& tx) { tx.run_script("ANALYZE leasehold_bench.jobs"); }

std::int64_t jobs_left(transaction& tx) {
    return tx.run("SELECT count(*) FROM leasehold_bench.jobs")[0][0].as<std::int64_t>();
}

}  // namespace leasehold::bench
