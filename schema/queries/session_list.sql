-- session_list: every session of queue $1 by id, expired ones too.
-- `expires_at` is text on purpose: it goes back to the server as it came, to compare and delete.
SELECT id, name, named, host, pid, weight, state, cordoned, expires_at::text AS expires_at,
       expires_at > clock_timestamp() AS live,
       round(extract(epoch FROM clock_timestamp() - heartbeat_at) * 1000)::int8 AS heartbeat_age_ms,
       round(extract(epoch FROM clock_timestamp() - expires_at) * 1000)::int8 AS overdue_ms
  FROM leasehold.sessions
 WHERE queue = $1
 ORDER BY id
