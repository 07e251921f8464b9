-- verify_lease_constraints (I1): see verify_lease_constraints.sql; by their names.
WITH wanted (name) AS (
    VALUES ('a_part_has_at_most_one_owner'),
           ('session_parts_pkey'),
           ('a_lease_belongs_to_a_session_of_the_same_queue'),
           ('a_lease_is_on_a_part_of_the_queue')
), wrong AS (
    SELECT w.name || ' is missing, or not valid' AS what
      FROM wanted AS w
     WHERE NOT EXISTS (SELECT 1
                         FROM pg_catalog.pg_constraint AS c
                        WHERE c.conrelid = 'leasehold.session_parts'::regclass
                          AND c.conname = w.name
                          AND c.convalidated)
       AND NOT EXISTS (SELECT 1
                         FROM pg_catalog.pg_indexes AS x
                        WHERE x.schemaname = 'leasehold' AND x.indexname = w.name)
)
SELECT (SELECT count(*) FROM wanted) AS looked_at,
       (SELECT count(*) FROM wrong) AS wrong,
       (SELECT string_agg(what, '; ') FROM (SELECT what FROM wrong LIMIT 3) AS few) AS examples
