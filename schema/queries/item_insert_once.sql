-- item_insert_once: as item_insert, for items with a dedupe key: one that a pending item has is
-- passed over. Answers one row {id} for each item that is new; rings when there is any.
WITH fresh AS (
    INSERT INTO {items} (part, id, payload, key, dedupe, priority, run_at, max_attempts, token)
    SELECT n.part, n.id, n.payload, n.key, n.dedupe, n.priority, coalesce(n.run_at, now()),
           coalesce(n.max_attempts, $9::int), leasehold.first_token()
      FROM unnest($1::int[], $2::uuid[], $3::jsonb[], $4::text[], $5::text[], $6::int[],
                  $7::timestamptz[], $8::int[], $10::bool[])
           AS n (part, id, payload, key, dedupe, priority, run_at, max_attempts, recurs)
    ON CONFLICT DO NOTHING
    RETURNING id
)
SELECT id, (SELECT leasehold.ring($11::text, $1::int[], $7::timestamptz[])) AS rung FROM fresh
