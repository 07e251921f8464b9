-- item_help: as item_claim, for a session that helps the part's owner: from the far end, of the
-- smallest priority the last due first, and past whatever another is claiming at this moment.
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
                ORDER BY c.run_at DESC LIMIT $3::int
                  FOR UPDATE SKIP LOCKED) AS due
         LIMIT $3::int))
RETURNING i.id, i.payload, i.key, i.priority, i.attempt, i.max_attempts, i.token,
          (date_part('epoch', i.run_at) * 1000000)::int8 AS run_at_us,
          i.cancel_asked_at IS NOT NULL AS cancel_asked
