-- verify_item_place (I2): see verify_item_place.sql; a part is no table here.
WITH wrong AS (
    SELECT 'item ' || i.id::text || ' says part ' || i.part::text || ', its id is of another'
               AS what
      FROM {items} AS i
     CROSS JOIN (SELECT part_count FROM leasehold.queues WHERE name = $1::text) AS q
     WHERE i.part <> ((('x' || substr(i.id::text, 1, 8))::bit(32)::int8) * q.part_count) >> 32
)
SELECT (SELECT count(*) FROM {items}) AS looked_at,
       (SELECT count(*) FROM wrong) AS wrong,
       (SELECT string_agg(what, '; ') FROM (SELECT what FROM wrong LIMIT 3) AS few) AS examples
