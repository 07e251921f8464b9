-- verify_parts_complete (I2): queue $1 has the parts 0 to part_count - 1 and no other.
-- Answers one row {looked_at, wrong, examples}.
WITH wanted AS (
    SELECT p.part
      FROM leasehold.queues AS q
     CROSS JOIN LATERAL generate_series(0, q.part_count - 1) AS p (part)
     WHERE q.name = $1::text
), wrong AS (
    SELECT 'part ' || w.part::text || ' has no row in leasehold.parts' AS what
      FROM wanted AS w
     WHERE NOT EXISTS (SELECT 1
                         FROM leasehold.parts AS p
                        WHERE p.queue = $1::text AND p.part = w.part)
    UNION ALL
    SELECT 'leasehold.parts has a part ' || p.part::text || ' too many'
      FROM leasehold.parts AS p
     WHERE p.queue = $1::text AND NOT EXISTS (SELECT 1 FROM wanted AS w WHERE w.part = p.part)
)
SELECT (SELECT count(*) FROM wanted) AS looked_at,
       (SELECT count(*) FROM wrong) AS wrong,
       (SELECT string_agg(what, '; ') FROM (SELECT what FROM wrong LIMIT 3) AS few) AS examples
