-- verify_one_claim_per_key: see verify_one_claim_per_key.sql. The index is looked for by its name.
WITH held AS (
    SELECT key, count(*) AS claims
      FROM {items}
     WHERE claim IS NOT NULL AND key IS NOT NULL
     GROUP BY key
), wrong AS (
    SELECT 'key ' || key || ' has ' || claims::text || ' claimed items' AS what
      FROM held
     WHERE claims > 1
    UNION ALL
    SELECT 'a key could be claimed twice: an index is missing'
      FROM leasehold.queues
     WHERE name = $1::text AND keyed
       AND NOT EXISTS (SELECT 1
                         FROM pg_catalog.pg_indexes
                        WHERE schemaname = 'leasehold'
                          AND indexname = 'items_' || $1::text || '_one_claim_per_key')
)
SELECT (SELECT count(*) FROM held) AS looked_at,
       (SELECT count(*) FROM wrong) AS wrong,
       (SELECT string_agg(what, '; ') FROM (SELECT what FROM wrong LIMIT 3) AS few) AS examples
