-- plan_recorded: queue $1 as plan_ground_queue answers it, due or not, and without a lock.
SELECT strategy, part_count, state, plan, round(extract(epoch FROM restart_grace) * 1000)::int8
           AS restart_grace_ms
  FROM leasehold.queues
 WHERE name = $1
