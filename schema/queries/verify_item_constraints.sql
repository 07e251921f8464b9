-- verify_item_constraints (I2): the table of a queue's items and each part's own table have what
-- lets an item be claimed only under a lease on its part: valid, and switched on.
-- Answers one row {looked_at, wrong, examples}.
WITH relation AS (
    SELECT '{items}'::regclass::oid AS oid, false AS is_part
    UNION ALL
    SELECT inhrelid, true FROM pg_catalog.pg_inherits WHERE inhparent = '{items}'::regclass
), wanted (type, rule) AS (
    VALUES ('p', 'the primary key (id, part)'),
           ('f', 'the foreign key of a claim to a lease on the item''s own part'),
           ('c', 'the check an_item_lies_in_the_part_of_its_id')
), standing AS (
    SELECT c.conrelid, c.contype::text AS type, c.conname, c.confrelid,
           (SELECT array_agg(a.attname::text ORDER BY k.place)
              FROM unnest(c.conkey) WITH ORDINALITY AS k (number, place)
              JOIN pg_catalog.pg_attribute AS a
                ON a.attrelid = c.conrelid AND a.attnum = k.number) AS key,
           (SELECT array_agg(a.attname::text ORDER BY k.place)
              FROM unnest(c.confkey) WITH ORDINALITY AS k (number, place)
              JOIN pg_catalog.pg_attribute AS a
                ON a.attrelid = c.confrelid AND a.attnum = k.number) AS referred
      FROM relation AS r
      JOIN pg_catalog.pg_constraint AS c ON c.conrelid = r.oid
     WHERE c.convalidated
       AND NOT EXISTS (SELECT 1
                         FROM pg_catalog.pg_trigger AS t
                        WHERE t.tgconstraint = c.oid AND t.tgenabled NOT IN ('O', 'A'))
), looked AS (
    SELECT r.oid, w.rule,
           EXISTS (SELECT 1
                     FROM standing AS s
                    WHERE s.conrelid = r.oid AND s.type = w.type
                      AND CASE s.type
                              WHEN 'p' THEN s.key = ARRAY['id', 'part']
                              WHEN 'f' THEN s.key = ARRAY['claim', 'part']
                                        AND s.referred = ARRAY['id', 'part']
                                        AND s.confrelid = to_regclass('leasehold.session_parts')
                              -- Of each part's table: the range of its ids.
                              ELSE s.conname = 'an_item_lies_in_the_part_of_its_id'
                          END) AS stands
      FROM relation AS r
     CROSS JOIN wanted AS w
     WHERE w.type <> 'c' OR r.is_part
), wrong AS (
    SELECT format('%s is without %s', oid::regclass, rule) AS what FROM looked WHERE NOT stands
)
SELECT (SELECT count(*) FROM looked) AS looked_at,
       (SELECT count(*) FROM wrong) AS wrong,
       (SELECT string_agg(what, '; ') FROM (SELECT what FROM wrong LIMIT 3) AS few) AS examples
