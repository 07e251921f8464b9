-- seat_kept: a seat of queue $1 is kept for a restart: a plan is due when its grace is over, if
-- none is before.
UPDATE leasehold.queues
   SET plan_at = least(plan_at, clock_timestamp() + restart_grace)
 WHERE name = $1
