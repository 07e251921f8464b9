-- verify_expired_reaped (I4): a session of queue $1 that expired is ended, its parts and claims
-- with it, within its ttl and a minute, when others stand by to do so. The ttl, because the session
-- whose turn it is to reap may have died as well, which shows one ttl later. The minute is the
-- sweep: looks are at most 10 s apart, each further reaper's turn comes 1 s later, and claims are
-- freed in steps. Counted from when there was both something to reap and a reaper. now(), not the
-- clock: it must fit the snapshot, in which nobody has had a heartbeat since.
-- Answers one row {looked_at, wrong, examples}.
WITH reaper AS (
    SELECT min(registered_at) AS since
      FROM leasehold.sessions
     WHERE queue = $1 AND state = 'live' AND expires_at > now()
), looked AS (
    SELECT s.id, s.name, s.ttl, s.expires_at, greatest(s.expires_at, r.since) AS due_since,
           r.since IS NOT NULL AS has_reaper
      FROM leasehold.sessions AS s
     CROSS JOIN reaper AS r
     WHERE s.queue = $1 AND s.expires_at <= now()
), wrong AS (
    SELECT format('session %s (%s) expired %s s ago and holds %s parts and %s claims', l.id, l.name,
                  extract(epoch FROM now() - l.expires_at)::int8,
                  (SELECT count(*) FROM leasehold.session_parts AS h WHERE h.id = l.id),
                  (SELECT count(*) FROM {items} AS i WHERE i.claim = l.id)) AS what
      FROM looked AS l
     WHERE l.has_reaper AND now() - l.due_since > l.ttl + interval '1 minute'
)
SELECT (SELECT count(*) FROM looked) AS looked_at,
       (SELECT count(*) FROM wrong) AS wrong,
       (SELECT string_agg(what, '; ') FROM (SELECT what FROM wrong LIMIT 3) AS few) AS examples
