-- item_claim_by_lease: what session $1, which owns part $2 in the epoch $3, may handle next in it:
-- up to $4 due items behind the place {priority $5, run_at $6 (microseconds since 1970), id $7},
-- smallest priority first, then longest due. Nothing is written: the lease is the claim.
-- Answers a row for each item, as item_claim, its token and attempt as they are on the row.
-- Behind a place, since the items before it are in the session's hands, or ended: dead entries of
-- the index, which an old snapshot keeps from being cleared away.
-- Without the lease it answers nothing. A hint all the same: the acknowledgement decides. Read
-- outside SERIALIZABLE.
WITH RECURSIVE held AS MATERIALIZED (
    SELECT FROM leasehold.session_parts
     WHERE id = $1::uuid AND part = $2::int AND epoch = $3::int8 AND role = 'owner'
), level AS (
    (SELECT c.priority
       FROM {items} AS c
      WHERE c.part = $2::int AND c.claim IS NULL AND c.priority >= $5::int
        AND EXISTS (SELECT FROM held)
      ORDER BY c.priority LIMIT 1)
    UNION ALL
    SELECT (SELECT c.priority
              FROM {items} AS c
             WHERE c.part = $2::int AND c.claim IS NULL AND c.priority > l.priority
             ORDER BY c.priority LIMIT 1)
      FROM level AS l
     WHERE l.priority IS NOT NULL
), place AS (
    SELECT timestamptz 'epoch' + $6::int8 * interval '1 microsecond' AS run_at
)
SELECT due.id, due.payload, due.key, due.priority, due.attempt, due.max_attempts, due.token,
       (date_part('epoch', due.run_at) * 1000000)::int8 AS run_at_us,
       due.cancel_asked_at IS NOT NULL AS cancel_asked
  FROM level AS l
 CROSS JOIN LATERAL (
       SELECT c.id, c.payload, c.key, c.priority, c.run_at, c.attempt, c.max_attempts, c.token,
              c.cancel_asked_at
         FROM {items} AS c
        WHERE c.part = $2::int AND c.claim IS NULL AND c.priority = l.priority
          AND c.run_at <= now()
          AND (c.run_at, c.id) > (CASE WHEN l.priority = $5::int
                                       THEN (SELECT run_at FROM place)
                                       ELSE '-infinity' END,
                                  CASE WHEN l.priority = $5::int
                                       THEN $7::uuid
                                       ELSE '00000000-0000-0000-0000-000000000000' END)
        ORDER BY c.run_at, c.id LIMIT $4::int) AS due
 LIMIT $4::int
