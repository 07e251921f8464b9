-- generation_raise: see generation_raise.sql; what leasehold.raise_generation does on PostgreSQL.
UPDATE leasehold.queues AS q
   SET generation = q.generation + 1,
       unplanned_since = coalesce(q.unplanned_since, clock_timestamp()),
       plan_at = CASE WHEN q.planned_seats = 0 OR q.plan_at <= clock_timestamp()
                      THEN least(q.plan_at, clock_timestamp())
                      ELSE clock_timestamp() END
 WHERE q.name = $1::text
