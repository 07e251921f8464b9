-- verify_item_attempts (I4): no item of a queue runs more often than it may: one that waits has an
-- attempt left, one that is claimed is within its limit.
-- Answers one row {looked_at, wrong, examples}.
WITH wrong AS (
    SELECT format('item %s %s after %s attempts of %s', id,
                  CASE WHEN claim IS NULL THEN 'waits' ELSE 'is claimed' END, attempt,
                  max_attempts) AS what
      FROM {items}
     WHERE attempt > max_attempts OR (claim IS NULL AND attempt = max_attempts)
)
SELECT (SELECT count(*) FROM {items}) AS looked_at,
       (SELECT count(*) FROM wrong) AS wrong,
       (SELECT string_agg(what, '; ') FROM (SELECT what FROM wrong LIMIT 3) AS few) AS examples
