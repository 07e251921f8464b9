-- plan_write_queue: plan $2 of queue $1 stands and counts with $3 sessions; the next is due in $4
-- ms (null: at the next change). All sessions are told of a plan that is new.
WITH stands AS (
    UPDATE leasehold.queues AS q
       SET plan = $2::int8, planned_seats = $3::int, unplanned_since = NULL,
           plan_at = clock_timestamp() + $4::int8 * interval '1 millisecond'
      FROM leasehold.queues AS before
     WHERE q.name = $1 AND before.name = q.name
    RETURNING before.plan <> q.plan AS is_new
)
SELECT leasehold.tell($1, 'plan') FROM stands WHERE is_new
