-- item_claim_by_lease: what session $1, which owns part $2 in the epoch $7, may handle next in it:
-- up to $3 due items behind the place (priority $4, due at $5 microseconds of the epoch, id $6),
-- smallest priority first, then longest due. Nothing is written: the lease is the claim.
-- Answers a row for each item, as item_claim, its token and attempt as they are on the row. Without
-- the lease, nothing. A hint all the same: the acknowledgement decides. Read outside SERIALIZABLE.
-- Places and priorities: see item_claim.
WITH RECURSIVE level AS (
    (SELECT c.priority, c.run_at, c.id
       FROM {items} AS c
      WHERE c.claim IS NULL
        AND (c.priority, c.run_at, c.id) >
            ($4::int, timestamptz 'epoch' + $5::int8 * interval '1 microsecond', $6::uuid)
        AND EXISTS (SELECT FROM leasehold.session_parts
                     WHERE id = $1::uuid AND part = $2::int AND epoch = $7::int8
                       AND role = 'owner')
      ORDER BY c.priority, c.run_at, c.id LIMIT 1)
    UNION ALL
    SELECT n.priority, n.run_at, n.id
      FROM level AS l
     CROSS JOIN LATERAL (
           SELECT c.priority, c.run_at, c.id
             FROM {items} AS c
            WHERE c.claim IS NULL AND c.priority > l.priority
            ORDER BY c.priority, c.run_at, c.id LIMIT 1) AS n
)
SELECT due.id, due.payload, due.key, due.priority, due.attempt, due.max_attempts, due.token,
       (date_part('epoch', due.run_at) * 1000000)::int8 AS run_at_us,
       due.cancel_asked_at IS NOT NULL AS cancel_asked
  FROM level AS l
 CROSS JOIN LATERAL (
       SELECT c.id, c.payload, c.key, c.priority, c.run_at, c.attempt, c.max_attempts, c.token,
              c.cancel_asked_at
         FROM {items} AS c
        WHERE c.claim IS NULL AND c.priority = l.priority
          AND (c.run_at, c.id) >= (l.run_at, l.id) AND c.run_at <= now()
        ORDER BY c.run_at, c.id LIMIT $3::int) AS due
 LIMIT $3::int
