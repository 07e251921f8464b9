-- verify_item_token (I3): tokens of a queue's items count claims: never fewer than attempts, and
-- at least one on an item that is claimed.
-- Answers one row {looked_at, wrong, examples}.
WITH wrong AS (
    SELECT format('item %s has token %s at attempt %s%s', id, token, attempt,
                  CASE WHEN claim IS NULL THEN '' ELSE ' and is claimed' END) AS what
      FROM {items}
     WHERE token < attempt OR attempt < 0 OR (claim IS NOT NULL AND (token < 1 OR attempt < 1))
)
SELECT (SELECT count(*) FROM {items}) AS looked_at,
       (SELECT count(*) FROM wrong) AS wrong,
       (SELECT string_agg(what, '; ') FROM (SELECT what FROM wrong LIMIT 3) AS few) AS examples
