-- item_insert_once: see item_insert_once.sql, and item_insert.cockroach.sql.
INSERT INTO {items} (id, payload, key, dedupe, priority, run_at, max_attempts, token)
SELECT n.id, n.payload::jsonb, n.key, n.dedupe, n.priority, coalesce(n.run_at, now()),
       coalesce(n.max_attempts, $8::int8), nextval('leasehold.item_order') << 20
  FROM unnest($1::uuid[], $2::text[], $3::text[], $4::text[], $5::int8[],
              $6::timestamptz[], $7::int8[], $9::bool[])
       AS n (id, payload, key, dedupe, priority, run_at, max_attempts, recurs)
 WHERE $10::text IS NOT NULL AND n.recurs IS NOT NULL
ON CONFLICT DO NOTHING
RETURNING id
