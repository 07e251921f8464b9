-- plan_ground_queue: queue $1, if a new plan is due, locked until the end against other planners
-- and changes of membership. Who has waited for another planner finds that none is due.
-- Answers one row {strategy, part_count, state, restart_grace_ms, plan}, or none.
SELECT strategy, part_count, state, plan, round(extract(epoch FROM restart_grace) * 1000)::int8
           AS restart_grace_ms
  FROM leasehold.queues
 WHERE name = $1 AND plan_at <= clock_timestamp()
   FOR NO KEY UPDATE
