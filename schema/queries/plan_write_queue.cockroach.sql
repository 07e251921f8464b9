-- plan_write_queue: see plan_write_queue.sql; nobody can be told here.
UPDATE leasehold.queues
   SET plan = $2::int8, planned_seats = $3::int8, unplanned_since = NULL,
       plan_at = clock_timestamp() + $4::int8 * interval '1 millisecond'
 WHERE name = $1::text
