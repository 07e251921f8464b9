-- item_claim: session $1 claims up to $3 due items of part $2, smallest priority first, then
-- longest due. Answers a row for each item claimed; act on them only after COMMIT.
-- {items} is the part's own table, so the scan and its predicate locks touch nothing of other
-- parts.
-- $4: what the token has to be above, besides itself (parts.token_base).
-- Priorities are walked one by one: a million items scheduled for later cost one probe, not a scan.
-- Retry: yes. In doubt: wait for connection_ended, then ask item_held.
WITH RECURSIVE level AS (
    (SELECT c.priority
       FROM {items} AS c
      WHERE c.part = $2::int AND c.claim IS NULL
      ORDER BY c.priority LIMIT 1)
    UNION ALL
    SELECT (SELECT c.priority
              FROM {items} AS c
             WHERE c.part = $2::int AND c.claim IS NULL AND c.priority > l.priority
             ORDER BY c.priority LIMIT 1)
      FROM level AS l
     WHERE l.priority IS NOT NULL
)
UPDATE {items} AS i
   SET claim = $1::uuid, token = greatest(i.token, $4::int8) + 1, attempt = i.attempt + 1
 WHERE i.part = $2::int
   AND i.id = ANY (ARRAY(
        SELECT due.id
          FROM level AS l
         CROSS JOIN LATERAL (
               SELECT c.id
                 FROM {items} AS c
                WHERE c.part = $2::int AND c.claim IS NULL AND c.priority = l.priority
                  AND c.run_at <= now()
                ORDER BY c.run_at LIMIT $3::int) AS due
         LIMIT $3::int))
RETURNING i.id, i.payload, i.key, i.priority, i.attempt, i.max_attempts, i.token,
          (extract(epoch FROM i.run_at) * 1000000)::int8 AS run_at_us,
          i.cancel_asked_at IS NOT NULL AS cancel_asked
