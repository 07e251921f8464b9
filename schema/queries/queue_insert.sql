-- queue_insert: a new queue $1 of $2 parts and $3 attempts, not ready yet.
-- Answers one row when it was made here, none when the name is taken.
INSERT INTO leasehold.queues (name, part_count, max_attempts)
VALUES ($1, $2::int, $3::int)
ON CONFLICT (name) DO NOTHING
RETURNING name
