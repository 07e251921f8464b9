-- item_insert: one item of {items} for each place i of the arrays: id $1, payload $2, key $3,
-- dedupe key $4, priority $5, due time $6 (null: now), attempt limit $7 (null: the queue's own,
-- $8), and in $9 whether the id may have been used before. Rings for queue $10.
-- The server knows the part of an id: a caller may have read the part count before the queue grew.
-- In doubt: ask transaction_status.
INSERT INTO {items} (part, id, payload, key, dedupe, priority, run_at, max_attempts, token)
SELECT {items}_part(n.id), n.id, n.payload, n.key, n.dedupe, n.priority,
       coalesce(n.run_at, now()), coalesce(n.max_attempts, $8::int),
       CASE WHEN n.recurs THEN leasehold.first_token() ELSE 0 END
  FROM unnest($1::uuid[], $2::jsonb[], $3::text[], $4::text[], $5::int[],
              $6::timestamptz[], $7::int[], $9::bool[])
       AS n (id, payload, key, dedupe, priority, run_at, max_attempts, recurs)
 CROSS JOIN leasehold.ring($10::text,
                           ARRAY(SELECT {items}_part(u.id) FROM unnest($1::uuid[]) AS u (id)),
                           $6::timestamptz[])
