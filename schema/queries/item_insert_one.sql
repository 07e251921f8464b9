-- item_insert_one: as item_insert, one item under an id $1 that was never used: payload $2, key $3,
-- priority $4, due time $5 (null: now), attempt limit $6. Rings for queue $7.
-- For connections on which nothing is prepared: the statement for a batch takes the server several
-- times as long to plan.
-- In doubt: ask transaction_status.
INSERT INTO {items} (part, id, payload, key, priority, run_at, max_attempts)
SELECT {items}_part($1::uuid), $1::uuid, $2::jsonb, $3::text, $4::int,
       coalesce($5::timestamptz, now()), $6::int
  FROM leasehold.ring(CASE WHEN coalesce($5::timestamptz, now()) <= now() THEN $7::text END,
                      {items}_part($1::uuid))
