-- plan_ground_vacant: the seats of queue $1 that are kept for a restart.
-- Answers rows {session, name, weight, left_ms: how long ago it left}.
SELECT session, name, weight,
       round(extract(epoch FROM clock_timestamp() - left_at) * 1000)::int8 AS left_ms
  FROM leasehold.vacant_seats
 WHERE queue = $1
