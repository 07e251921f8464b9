-- queue_get: what is kept about queue $1. Answers at most one row; intervals in milliseconds.
SELECT name, part_count, strategy, keyed, max_attempts, generation, state,
       (extract(epoch FROM retry_base) * 1000)::int8 AS retry_base_ms,
       (extract(epoch FROM retry_max) * 1000)::int8 AS retry_max_ms
  FROM leasehold.queues
 WHERE name = $1
