-- queue_set_policy: from now on queue $1 allows new items $2 attempts and lets failed ones wait at
-- most $3 ms at first and $4 ms at last. Null: as it was. Answers one row {part_count, keyed,
-- max_attempts} when the queue is there.
UPDATE leasehold.queues
   SET max_attempts = coalesce($2::int, max_attempts),
       retry_base = coalesce($3::int8 * interval '1 millisecond', retry_base),
       retry_max = coalesce($4::int8 * interval '1 millisecond', retry_max)
 WHERE name = $1
RETURNING part_count, keyed, max_attempts
