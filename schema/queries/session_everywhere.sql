-- session_everywhere: every session of every queue, by queue and id, expired ones too; a session of
-- session_list without its heartbeat's age, and `queue`.
SELECT queue, id, name, named, host, pid, weight, state, cordoned, expires_at::text AS expires_at,
       expires_at > clock_timestamp() AS live,
       round(extract(epoch FROM clock_timestamp() - expires_at) * 1000)::int8 AS overdue_ms
  FROM leasehold.sessions
 ORDER BY queue, id
