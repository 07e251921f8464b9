-- verify_expired_takes_none (I7): no session of queue $1 took a part after a part had been taken
-- from it because it had expired. The log writes the time at which a statement got there: one that
-- began while the session stood, and then waited for a lock, may come half a minute late. So only
-- what lies a minute apart is compared.
-- Answers one row {looked_at, wrong, examples}.
WITH looked AS (
    SELECT from_session AS id, min(at) AS reaped_at
      FROM leasehold.ownership_log
     WHERE queue = $1 AND from_session IS NOT NULL AND reason = 'expired'
     GROUP BY from_session
), wrong AS (
    SELECT format('session %s expired, lost parts at %s, and took part %s at %s', r.id, r.reaped_at,
                  l.part, l.at) AS what
      FROM looked AS r
      JOIN leasehold.ownership_log AS l ON l.queue = $1 AND l.to_session = r.id
     WHERE l.at > r.reaped_at + interval '1 minute'
)
SELECT (SELECT count(*) FROM looked) AS looked_at,
       (SELECT count(*) FROM wrong) AS wrong,
       (SELECT string_agg(what, '; ') FROM (SELECT what FROM wrong LIMIT 3) AS few) AS examples
