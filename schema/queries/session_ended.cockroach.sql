-- session_ended: see session_ended.sql; what leasehold.raise_generation does on PostgreSQL.
UPDATE leasehold.queues AS q
   SET generation = q.generation + 1,
       unplanned_since = coalesce(q.unplanned_since, clock_timestamp()),
       plan_at = CASE WHEN q.planned_seats = 0 OR q.plan_at <= clock_timestamp()
                      THEN least(q.plan_at, clock_timestamp())
                      ELSE clock_timestamp() END
 WHERE q.name = $1::text
   AND ($3::bool
        OR EXISTS (SELECT 1
                     FROM leasehold.parts
                    WHERE queue = $1::text AND planned_for = $2::uuid))
