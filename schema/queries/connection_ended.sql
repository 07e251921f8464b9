-- connection_ended: has the connection ended that holds the advisory lock $1, its guard? While its
-- server process is at work it may still commit. One that has waited for its client for a second is
-- told to end: over a network that stands still a COMMIT may reach it at any time.
-- Answers one row {ended, told}.
WITH holder AS (
    SELECT l.pid, a.state, a.state_change
      FROM pg_locks AS l
      LEFT JOIN pg_stat_activity AS a ON a.pid = l.pid
     WHERE l.locktype = 'advisory' AND l.granted AND l.objsubid = 1
       AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database())
       AND l.classid = (($1::int8 >> 32) & 4294967295)::oid
       AND l.objid = ($1::int8 & 4294967295)::oid
)
SELECT count(*) = 0 AS ended,
       count(CASE WHEN state LIKE 'idle%'
                       AND state_change < clock_timestamp() - interval '1 second'
                  THEN pg_terminate_backend(pid) END) AS told
  FROM holder
