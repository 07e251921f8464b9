-- verify_owner_epoch (I1): each owner in queue $1 holds its part in the part's last epoch.
-- Answers one row {looked_at, wrong, examples}.
WITH looked AS (
    SELECT h.part, h.id, h.epoch AS held, p.epoch AS last
      FROM leasehold.session_parts AS h
      LEFT JOIN leasehold.parts AS p ON p.queue = h.queue AND p.part = h.part
     WHERE h.queue = $1 AND h.role = 'owner'
), wrong AS (
    SELECT format('session %s holds part %s in epoch %s, the last is %s', id, part, held,
                  coalesce(last::text, 'none')) AS what
      FROM looked
     WHERE held IS DISTINCT FROM last
)
SELECT (SELECT count(*) FROM looked) AS looked_at,
       (SELECT count(*) FROM wrong) AS wrong,
       (SELECT string_agg(what, '; ') FROM (SELECT what FROM wrong LIMIT 3) AS few) AS examples
