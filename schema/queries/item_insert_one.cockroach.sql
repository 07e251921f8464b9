-- item_insert_one: see item_insert_one.sql, and item_insert.cockroach.sql ($7).
INSERT INTO {items} (id, payload, key, priority, run_at, max_attempts, token)
SELECT $1::uuid, $2::jsonb, $3::text, $4::int8, coalesce($5::timestamptz, now()), $6::int8, 0
 WHERE $7::text IS NOT NULL
