-- plan_state: how the plan of queue $1 stands. Answers one row {plan, next_in_ms: until the next is
-- due, null: at the next change; is_outdated: it does not follow the last change}.
SELECT plan, round(extract(epoch FROM plan_at - clock_timestamp()) * 1000)::int8 AS next_in_ms,
       unplanned_since IS NOT NULL OR coalesce(plan_at <= clock_timestamp(), false) AS is_outdated
  FROM leasehold.queues
 WHERE name = $1
