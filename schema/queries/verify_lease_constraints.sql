-- verify_lease_constraints (I1): what keeps the leases in order is there, valid and switched on.
-- Answers one row {looked_at, wrong, examples}.
WITH wanted (name) AS (
    VALUES ('a_part_has_at_most_one_owner'),
           ('session_parts_pkey'),
           ('a_lease_belongs_to_a_session_of_the_same_queue'),
           ('a_lease_is_on_a_part_of_the_queue')
), standing AS (
    SELECT c.relname AS name
      FROM pg_catalog.pg_index AS i
      JOIN pg_catalog.pg_class AS c ON c.oid = i.indexrelid
     WHERE i.indrelid = to_regclass('leasehold.session_parts')
       AND i.indisunique AND i.indisvalid AND i.indisready
       AND (   (c.relname = 'session_parts_pkey' AND i.indisprimary)
            OR (pg_get_expr(i.indpred, i.indrelid) = '(role = ''owner''::text)'
                AND (SELECT array_agg(a.attname::text ORDER BY k.place)
                       FROM unnest(i.indkey::int2[]) WITH ORDINALITY AS k (number, place)
                       JOIN pg_catalog.pg_attribute AS a
                         ON a.attrelid = i.indrelid AND a.attnum = k.number)
                    = ARRAY['queue', 'part']))
    UNION ALL
    SELECT c.conname
      FROM pg_catalog.pg_constraint AS c
     WHERE c.conrelid = to_regclass('leasehold.session_parts')
       AND c.contype = 'f' AND c.convalidated
       AND NOT EXISTS (SELECT 1
                         FROM pg_catalog.pg_trigger AS t
                        WHERE t.tgconstraint = c.oid AND t.tgenabled NOT IN ('O', 'A'))
), wrong AS (
    SELECT format('%s is missing, not valid or switched off', w.name) AS what
      FROM wanted AS w
     WHERE NOT EXISTS (SELECT 1 FROM standing AS s WHERE s.name = w.name)
)
SELECT (SELECT count(*) FROM wanted) AS looked_at,
       (SELECT count(*) FROM wrong) AS wrong,
       (SELECT string_agg(what, '; ') FROM (SELECT what FROM wrong LIMIT 3) AS few) AS examples
