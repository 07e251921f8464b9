-- verify_parts_owned (I4): no part of queue $1 stays without an owner while sessions are at work.
-- The bound is that of verify_expired_reaped, counted from the last change of hands or from when
-- the oldest of the sessions came. A part that is being emptied still has its owner. Nobody is to
-- own a part of a queue while it grows.
-- Answers one row {looked_at, wrong, examples}.
WITH crew AS (
    SELECT min(registered_at) AS since, max(ttl) AS ttl
      FROM leasehold.sessions
     WHERE queue = $1 AND state = 'live' AND expires_at > now()
), looked AS (
    SELECT p.part, c.ttl, c.since IS NOT NULL AS has_crew,
           greatest(c.since, (SELECT max(l.at)
                                FROM leasehold.ownership_log AS l
                               WHERE l.queue = p.queue AND l.part = p.part
                                 AND l.role = 'owner')) AS free_since
      FROM leasehold.parts AS p
     CROSS JOIN crew AS c
      JOIN leasehold.queues AS grows ON grows.name = p.queue AND grows.state <> 'growing'
     WHERE p.queue = $1
       -- Kept for a restart.
       AND NOT EXISTS (SELECT 1
                         FROM leasehold.vacant_seats AS v
                         JOIN leasehold.queues AS q ON q.name = v.queue
                        WHERE v.queue = p.queue AND v.session = p.planned_for
                          AND v.left_at + q.restart_grace > now())
       AND NOT EXISTS (SELECT 1
                         FROM leasehold.session_parts AS h
                        WHERE h.queue = p.queue AND h.part = p.part AND h.role = 'owner')
), wrong AS (
    SELECT format('part %s has had no owner for %s s', part,
                  extract(epoch FROM now() - free_since)::int8) AS what
      FROM looked
     WHERE has_crew AND now() - free_since > ttl + interval '1 minute'
)
SELECT (SELECT count(*) FROM looked) AS looked_at,
       (SELECT count(*) FROM wrong) AS wrong,
       (SELECT string_agg(what, '; ') FROM (SELECT what FROM wrong LIMIT 3) AS few) AS examples
