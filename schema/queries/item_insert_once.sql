-- item_insert_once: as item_insert, for items with a dedupe key: one that a pending item has is
-- passed over. Answers one row {id} for each item that is new; rings when there is any.
WITH fresh AS (
    INSERT INTO {items} (part, id, payload, key, dedupe, priority, run_at, max_attempts, token)
    SELECT {items}_part(n.id), n.id, n.payload, n.key, n.dedupe, n.priority,
           coalesce(n.run_at, now()), coalesce(n.max_attempts, $8::int), leasehold.first_token()
      FROM unnest($1::uuid[], $2::jsonb[], $3::text[], $4::text[], $5::int[],
                  $6::timestamptz[], $7::int[], $9::bool[])
           AS n (id, payload, key, dedupe, priority, run_at, max_attempts, recurs)
    ON CONFLICT DO NOTHING
    RETURNING id
)
SELECT id, (SELECT leasehold.ring($10::text,
                                  ARRAY(SELECT {items}_part(u.id)
                                          FROM unnest($1::uuid[]) AS u (id)),
                                  $6::timestamptz[])) AS rung
  FROM fresh
