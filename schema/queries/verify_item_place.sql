-- verify_item_place (I2): every item of queue $1 lies in the part of its id, and in that part's
-- table.
-- Answers one row {looked_at, wrong, examples}.
WITH queue AS (
    SELECT part_count FROM leasehold.queues WHERE name = $1
), leaf AS (
    SELECT p.part, to_regclass(format('leasehold.items_%s_%s', $1::text, p.part))::oid AS oid
      FROM queue AS q
     CROSS JOIN LATERAL generate_series(0, q.part_count - 1) AS p (part)
), wrong AS (
    SELECT format('item %s says part %s and lies in %s, its id is of part %s', i.id, i.part,
                  i.tableoid::regclass, leasehold.part_of(i.id, q.part_count)) AS what
      FROM {items} AS i
     CROSS JOIN queue AS q
      LEFT JOIN leaf AS l ON l.oid = i.tableoid
     WHERE i.part <> leasehold.part_of(i.id, q.part_count) OR i.part IS DISTINCT FROM l.part
)
SELECT (SELECT count(*) FROM {items}) AS looked_at,
       (SELECT count(*) FROM wrong) AS wrong,
       (SELECT string_agg(what, '; ') FROM (SELECT what FROM wrong LIMIT 3) AS few) AS examples
