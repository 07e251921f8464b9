-- connection_ended: has the connection ended that holds the advisory lock $1, its guard? Whoever
-- holds it still is told to end, also one that has nothing to do: what was sent over a network that
-- stands still may reach it later.
-- Answers one row {ended}.
SELECT count(pg_terminate_backend(l.pid)) = 0 AS ended
  FROM pg_locks AS l
 WHERE l.locktype = 'advisory' AND l.granted AND l.objsubid = 1
   AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database())
   AND l.classid = (($1::int8 >> 32) & 4294967295)::oid
   AND l.objid = ($1::int8 & 4294967295)::oid
