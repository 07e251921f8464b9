-- verify_item_constraints (I2): see verify_item_constraints.sql; by their names.
WITH wanted (name) AS (
    VALUES ('a_claim_needs_a_lease_on_the_items_own_part'),
           ('a_claim_is_on_the_items_own_part')
), wrong AS (
    SELECT w.name || ' is missing, or not valid' AS what
      FROM wanted AS w
     WHERE NOT EXISTS (SELECT 1
                         FROM pg_catalog.pg_constraint AS c
                        WHERE c.conrelid = '{items}'::regclass AND c.conname = w.name
                          AND c.convalidated)
       AND NOT EXISTS (SELECT 1
                         FROM pg_catalog.pg_indexes AS x
                        WHERE x.schemaname = 'leasehold' AND x.indexname = w.name)
)
SELECT (SELECT count(*) FROM wanted) AS looked_at,
       (SELECT count(*) FROM wrong) AS wrong,
       (SELECT string_agg(what, '; ') FROM (SELECT what FROM wrong LIMIT 3) AS few) AS examples
