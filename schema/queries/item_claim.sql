-- item_claim: session $1 claims up to $3 due items of part $2, smallest priority first, then
-- longest due, of those behind the place (priority $4, due at $5 microseconds of the epoch, id $6).
-- Answers a row for each item claimed; act on them only after COMMIT.
-- {items} is the part's own table, so the scan and its predicate locks touch nothing of other
-- parts.
-- $7: what the token has to be above, besides itself (parts.token_base).
-- Priorities are walked one by one, each from its first item on: a million items scheduled for
-- later cost one probe, not a scan.
-- Behind a place nothing is looked at that was claimed before, however long an old snapshot keeps
-- the server from clearing it away.
-- date_part() counts in floating point, exact to the microsecond for two hundred years to come;
-- extract() computes with decimals, at a price that shows.
-- The rows are found again by where they lie: SERIALIZABLE sees to it that they are still the same.
-- Retry: yes. In doubt: wait for connection_ended, then ask item_held.
WITH RECURSIVE level AS (
    (SELECT c.priority, c.run_at, c.id
       FROM {items} AS c
      WHERE c.part = $2::int AND c.claim IS NULL
        AND (c.priority, c.run_at, c.id) >
            ($4::int, timestamptz 'epoch' + $5::int8 * interval '1 microsecond', $6::uuid)
      ORDER BY c.priority, c.run_at, c.id LIMIT 1)
    UNION ALL
    SELECT n.priority, n.run_at, n.id
      FROM level AS l
     CROSS JOIN LATERAL (
           SELECT c.priority, c.run_at, c.id
             FROM {items} AS c
            WHERE c.part = $2::int AND c.claim IS NULL AND c.priority > l.priority
            ORDER BY c.priority, c.run_at, c.id LIMIT 1) AS n
)
UPDATE {items} AS i
   SET claim = $1::uuid, token = greatest(i.token, $7::int8) + 1, attempt = i.attempt + 1
 WHERE i.part = $2::int
   AND i.ctid = ANY (ARRAY(
        SELECT due.ctid
          FROM level AS l
         CROSS JOIN LATERAL (
               SELECT c.ctid
                 FROM {items} AS c
                WHERE c.part = $2::int AND c.claim IS NULL AND c.priority = l.priority
                  AND (c.run_at, c.id) >= (l.run_at, l.id) AND c.run_at <= now()
                ORDER BY c.run_at, c.id LIMIT $3::int) AS due
         LIMIT $3::int))
RETURNING i.id, i.payload, i.key, i.priority, i.attempt, i.max_attempts, i.token,
          (date_part('epoch', i.run_at) * 1000000)::int8 AS run_at_us,
          i.cancel_asked_at IS NOT NULL AS cancel_asked
