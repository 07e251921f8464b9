-- item_insert: one item of {items} for each place i of the arrays: part $1, id $2, payload $3, key
-- $4, dedupe key $5, priority $6, due time $7 (null: now), attempt limit $8 (null: the queue's own,
-- $9), and in $10 whether the id may have been used before. Rings for queue $11.
-- In doubt: ask transaction_status.
INSERT INTO {items} (part, id, payload, key, dedupe, priority, run_at, max_attempts, token)
SELECT n.part, n.id, n.payload, n.key, n.dedupe, n.priority, coalesce(n.run_at, now()),
       coalesce(n.max_attempts, $9::int),
       CASE WHEN n.recurs THEN leasehold.first_token() ELSE 0 END
  FROM unnest($1::int[], $2::uuid[], $3::jsonb[], $4::text[], $5::text[], $6::int[],
              $7::timestamptz[], $8::int[], $10::bool[])
       AS n (part, id, payload, key, dedupe, priority, run_at, max_attempts, recurs)
 CROSS JOIN leasehold.ring($11::text, $1::int[], $7::timestamptz[])
