-- verify_one_claim_per_key: in the keyed queue $1 no two claimed items have the same key, and every
-- part's table has what makes the database refuse the second. Of other queues nothing is looked at.
-- Answers one row {looked_at, wrong, examples}.
WITH leaf AS (
    SELECT i.inhrelid AS oid
      FROM pg_catalog.pg_inherits AS i
     WHERE i.inhparent = '{items}'::regclass
       AND (SELECT keyed FROM leasehold.queues WHERE name = $1)
), guarded AS (
    SELECT x.indrelid AS oid
      FROM leaf AS l
      JOIN pg_catalog.pg_index AS x ON x.indrelid = l.oid
     WHERE x.indisunique AND x.indisvalid
       AND pg_get_expr(x.indpred, x.indrelid) = '(claim IS NOT NULL)'
       AND (SELECT array_agg(a.attname::text ORDER BY k.place)
              FROM unnest(x.indkey::int2[]) WITH ORDINALITY AS k (number, place)
              JOIN pg_catalog.pg_attribute AS a
                ON a.attrelid = x.indrelid AND a.attnum = k.number) = ARRAY['part', 'key']
), held AS (
    SELECT key, count(*) AS claims
      FROM {items}
     WHERE claim IS NOT NULL AND key IS NOT NULL
     GROUP BY key
), wrong AS (
    SELECT format('key %s has %s claimed items', key, claims) AS what FROM held WHERE claims > 1
    UNION ALL
    SELECT format('%s would let a key be claimed twice', oid::regclass)
      FROM leaf
     WHERE oid NOT IN (SELECT oid FROM guarded)
)
SELECT (SELECT count(*) FROM leaf) + (SELECT count(*) FROM held) AS looked_at,
       (SELECT count(*) FROM wrong) AS wrong,
       (SELECT string_agg(what, '; ') FROM (SELECT what FROM wrong LIMIT 3) AS few) AS examples
