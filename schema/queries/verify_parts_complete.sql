-- verify_parts_complete (I2): queue $1 has the parts 0 to part_count - 1 and no other, each with a
-- table of its own.
-- Answers one row {looked_at, wrong, examples}.
WITH wanted AS (
    SELECT p.part, format('items_%s_%s', q.name, p.part) AS leaf
      FROM leasehold.queues AS q
     CROSS JOIN LATERAL generate_series(0, q.part_count - 1) AS p (part)
     WHERE q.name = $1
), leaf AS (
    SELECT c.relname AS name, pg_get_expr(c.relpartbound, c.oid) AS bound
      FROM pg_catalog.pg_inherits AS i
      JOIN pg_catalog.pg_class AS c ON c.oid = i.inhrelid
     WHERE i.inhparent = '{items}'::regclass AND NOT i.inhdetachpending
), wrong AS (
    SELECT format('part %s has no row in leasehold.parts', w.part) AS what
      FROM wanted AS w
     WHERE NOT EXISTS (SELECT 1 FROM leasehold.parts AS p WHERE p.queue = $1 AND p.part = w.part)
    UNION ALL
    SELECT format('part %s has no table %s of its own', w.part, w.leaf)
      FROM wanted AS w
     WHERE NOT EXISTS (SELECT 1
                         FROM leaf AS l
                        WHERE l.name = w.leaf AND l.bound = format('FOR VALUES IN (%s)', w.part))
    UNION ALL
    SELECT format('leasehold.parts has a part %s too many', p.part)
      FROM leasehold.parts AS p
     WHERE p.queue = $1 AND NOT EXISTS (SELECT 1 FROM wanted AS w WHERE w.part = p.part)
    UNION ALL
    SELECT format('the table %s belongs to no part', l.name)
      FROM leaf AS l
     WHERE NOT EXISTS (SELECT 1 FROM wanted AS w WHERE w.leaf = l.name)
)
SELECT (SELECT count(*) FROM wanted) AS looked_at,
       (SELECT count(*) FROM wrong) AS wrong,
       (SELECT string_agg(what, '; ') FROM (SELECT what FROM wrong LIMIT 3) AS few) AS examples
