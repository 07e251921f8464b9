-- item_help_keyed: see item_help_keyed.sql. IN, and not = ANY of an array made of a subselect, for
-- which the whole table would be read; and without SKIP LOCKED, which is of 22.2.
WITH RECURSIVE head AS (
    (SELECT c.id, c.key, 1 AS place
       FROM {items} AS c
      WHERE c.part = $2::int AND c.id >= $4::uuid
      ORDER BY c.id LIMIT 1)
    UNION ALL
    SELECT n.id, n.key, h.place + 1
      FROM head AS h
     CROSS JOIN LATERAL (
           SELECT c.id, c.key
             FROM {items} AS c
            WHERE c.part = $2::int
              AND c.id > CASE WHEN h.key IS NULL THEN h.id
                              ELSE (substr(h.id::text, 1, 18) || '-ffff-ffffffffffff')::uuid END
            ORDER BY c.id LIMIT 1) AS n
     WHERE h.place < $5::int
), free AS (
    SELECT c.id
      FROM head AS h
      JOIN {items} AS c ON c.part = $2::int AND c.id = h.id
     WHERE c.claim IS NULL AND c.run_at <= now()
       AND (h.key IS NULL OR NOT EXISTS (
            SELECT 1 FROM {items} AS o
             WHERE o.part = $2::int AND o.key = h.key AND o.claim IS NOT NULL))
     ORDER BY c.priority, c.run_at DESC LIMIT $3::int
), taken AS (
    UPDATE {items} AS i
       SET claim = $1::uuid, claim_part = i.part, token = i.token + 1,
           attempt = i.attempt + 1
     WHERE i.part = $2::int AND i.id IN (SELECT id FROM free)
    RETURNING i.id, i.payload, i.key, i.priority, i.attempt, i.max_attempts, i.token,
              round(extract(epoch FROM i.run_at) * 1000000)::int8 AS run_at_us,
              i.cancel_asked_at IS NOT NULL AS cancel_asked
)
SELECT id, payload, key, priority, attempt, max_attempts, token, run_at_us, cancel_asked,
       NULL::uuid AS walked_to
  FROM taken
UNION ALL
SELECT NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL,
       (SELECT CASE WHEN h.key IS NULL THEN h.id
                    ELSE (substr(h.id::text, 1, 18) || '-ffff-ffffffffffff')::uuid END
          FROM head AS h WHERE h.place = $5::int)
