-- queue_get: what is kept about queue $1. Answers at most one row; intervals in milliseconds, and
-- what the server calls itself.
SELECT name, part_count, strategy, keyed, max_attempts, generation, state, audit,
       round(extract(epoch FROM retry_base) * 1000)::int8 AS retry_base_ms,
       round(extract(epoch FROM retry_max) * 1000)::int8 AS retry_max_ms, paused,
       round(extract(epoch FROM settle) * 1000)::int8 AS settle_ms,
       round(extract(epoch FROM restart_grace) * 1000)::int8 AS restart_grace_ms,
       round(extract(epoch FROM help_delay) * 1000)::int8 AS help_delay_ms, helpers_max,
       claims, split_part(version(), ' ', 1) AS server
  FROM leasehold.queues
 WHERE name = $1
