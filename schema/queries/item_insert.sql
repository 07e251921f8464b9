-- item_insert: one item of {items} for each place i of the arrays: part $1, id $2, payload $3, key
-- $4, priority $5, due time $6 (null: now), attempt limit $7 (null: the queue's own, $8).
-- In doubt: an item with a known id is looked up; one without would be enqueued twice.
INSERT INTO {items} (part, id, payload, key, priority, run_at, max_attempts)
SELECT n.part, n.id, n.payload, n.key, n.priority, coalesce(n.run_at, now()),
       coalesce(n.max_attempts, $8::int)
  FROM unnest($1::int[], $2::uuid[], $3::jsonb[], $4::text[], $5::int[], $6::timestamptz[],
              $7::int[]) AS n (part, id, payload, key, priority, run_at, max_attempts)
