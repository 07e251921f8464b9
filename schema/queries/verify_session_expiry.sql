-- verify_session_expiry (I7): a session of queue $1 expires one ttl after its last heartbeat, or
-- earlier, when the connection of its heartbeats was found closed. Whoever writes a later expiry
-- revives it by hand. A second is left for what lies between two looks at the clock in one
-- statement.
-- Answers one row {looked_at, wrong, examples}.
WITH looked AS (
    SELECT id, heartbeat_at, expires_at, ttl FROM leasehold.sessions WHERE queue = $1
), wrong AS (
    SELECT format('session %s with a ttl of %s ms had its heartbeat at %s and expires at %s', id,
                  round(extract(epoch FROM ttl) * 1000)::int8, heartbeat_at, expires_at) AS what
      FROM looked
     WHERE extract(epoch FROM expires_at - heartbeat_at - ttl) > 1
)
SELECT (SELECT count(*) FROM looked) AS looked_at,
       (SELECT count(*) FROM wrong) AS wrong,
       (SELECT string_agg(what, '; ') FROM (SELECT what FROM wrong LIMIT 3) AS few) AS examples
