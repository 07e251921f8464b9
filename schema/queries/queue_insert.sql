-- queue_insert: a new queue $1 of $2 parts, keyed or not ($3), not ready yet: at most $4 attempts
-- an item, retries after at most $5 ms at first and $6 ms at last, divided by strategy $7, with its
-- claims on the row or the lease ($8).
-- Answers one row when it was made here, none when the name is taken.
INSERT INTO leasehold.queues
       (name, part_count, keyed, max_attempts, retry_base, retry_max, strategy, claims)
VALUES ($1, $2::int, $3::bool, $4::int, $5::int8 * interval '1 millisecond',
        $6::int8 * interval '1 millisecond', $7, $8)
ON CONFLICT (name) DO NOTHING
RETURNING name
