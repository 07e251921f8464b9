-- verify_log_taken_once (I1): in the ownership log of queue $1 each epoch of a part was taken by
-- one owner, once, and whoever owns a part now stands there as the taker of its epoch. Helpers take
-- no epoch of their own.
-- Answers one row {looked_at, wrong, examples}.
WITH looked AS (
    SELECT part, epoch, to_session
      FROM leasehold.ownership_log
     WHERE queue = $1 AND role = 'owner' AND to_session IS NOT NULL
), wrong AS (
    SELECT format('epoch %s of part %s was taken %s times', epoch, part, count(*)) AS what
      FROM looked
     GROUP BY part, epoch
    HAVING count(*) > 1
    UNION ALL
    SELECT format('session %s owns part %s in epoch %s, which the log does not say it took', h.id,
                  h.part, h.epoch)
      FROM leasehold.session_parts AS h
     WHERE h.queue = $1 AND h.role = 'owner'
       AND NOT EXISTS (SELECT 1
                         FROM looked AS l
                        WHERE l.part = h.part AND l.epoch = h.epoch AND l.to_session = h.id)
)
SELECT (SELECT count(*) FROM looked) AS looked_at,
       (SELECT count(*) FROM wrong) AS wrong,
       (SELECT string_agg(what, '; ') FROM (SELECT what FROM wrong LIMIT 3) AS few) AS examples
