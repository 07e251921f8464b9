-- session_joined: see session_joined.sql; what leasehold.raise_generation does on PostgreSQL.
UPDATE leasehold.queues AS q
   SET generation = q.generation + 1,
       unplanned_since = coalesce(q.unplanned_since, clock_timestamp()),
       plan_at = CASE WHEN q.planned_seats = 0 OR q.plan_at <= clock_timestamp()
                      THEN least(q.plan_at, clock_timestamp())
                      ELSE CASE WHEN EXISTS (SELECT 1
                                             FROM leasehold.sessions AS s
                                             JOIN leasehold.vacant_seats AS v
                                               ON v.queue = s.queue AND v.name = s.name
                                            WHERE s.id = $2::uuid AND s.named)
                           THEN clock_timestamp()
                           ELSE least(clock_timestamp() + q.settle,
                                      coalesce(q.unplanned_since, clock_timestamp())
                                          + 5 * q.settle) END END
 WHERE q.name = $1::text
