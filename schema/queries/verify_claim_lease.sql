-- verify_claim_lease (I2): every claim in queue $1 is that of a session which holds the lease on
-- the item's own part.
-- Answers one row {looked_at, wrong, examples}.
WITH looked AS MATERIALIZED (
    SELECT i.claim, i.part, count(*) AS items, min(i.id::text) AS example
      FROM {items} AS i
     WHERE i.claim IS NOT NULL
     GROUP BY i.claim, i.part
), wrong AS (
    SELECT l.items,
           format('session %s claims %s items of part %s, such as %s, without a lease on it',
                  l.claim, l.items, l.part, l.example) AS what
      FROM looked AS l
     WHERE NOT EXISTS (SELECT 1
                         FROM leasehold.session_parts AS h
                        WHERE h.queue = $1 AND h.id = l.claim AND h.part = l.part)
)
SELECT (SELECT coalesce(sum(items), 0)::int8 FROM looked) AS looked_at,
       (SELECT coalesce(sum(items), 0)::int8 FROM wrong) AS wrong,
       (SELECT string_agg(what, '; ') FROM (SELECT what FROM wrong LIMIT 3) AS few) AS examples
