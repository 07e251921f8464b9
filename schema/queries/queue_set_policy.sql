-- queue_set_policy: from now on queue $1 allows new items $2 attempts, lets failed ones wait at
-- most $3 ms at first and $4 ms at last, divides by strategy $5, waits for $6 ms of quiet before it
-- plans for sessions that join and $7 ms for a restart, and lets at most $9 sessions help in a part
-- after $8 ms; $10: its claims are on the row, or the lease. Null: as it was.
-- Answers one row {part_count, keyed, max_attempts} when the queue is there.
UPDATE leasehold.queues
   SET max_attempts = coalesce($2::int, max_attempts),
       retry_base = coalesce($3::int8 * interval '1 millisecond', retry_base),
       retry_max = coalesce($4::int8 * interval '1 millisecond', retry_max),
       strategy = coalesce($5, strategy),
       settle = coalesce($6::int8 * interval '1 millisecond', settle),
       restart_grace = coalesce($7::int8 * interval '1 millisecond', restart_grace),
       help_delay = coalesce($8::int8 * interval '1 millisecond', help_delay),
       helpers_max = coalesce($9::int, helpers_max),
       claims = coalesce($10, claims)
 WHERE name = $1
RETURNING part_count, keyed, max_attempts
