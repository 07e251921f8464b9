-- item_insert: see item_insert.sql. The part is computed by the table, nobody is told ($10), and
-- payloads come as text, since there are no arrays of jsonb.
INSERT INTO {items} (id, payload, key, dedupe, priority, run_at, max_attempts, token)
SELECT n.id, n.payload::jsonb, n.key, n.dedupe, n.priority, coalesce(n.run_at, now()),
       coalesce(n.max_attempts, $8::int8),
       CASE WHEN n.recurs THEN nextval('leasehold.item_order') << 20 ELSE 0 END
  FROM unnest($1::uuid[], $2::text[], $3::text[], $4::text[], $5::int8[],
              $6::timestamptz[], $7::int8[], $9::bool[])
       AS n (id, payload, key, dedupe, priority, run_at, max_attempts, recurs)
 WHERE $10::text IS NOT NULL
