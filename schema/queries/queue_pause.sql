-- queue_pause: queue $1 is paused from now on ($2), or is not any more: all keep their parts, and
-- nobody claims. Its workers are told. Answers one row when that is a change.
WITH turned AS (
    UPDATE leasehold.queues SET paused = $2::bool WHERE name = $1 AND paused <> $2::bool
    RETURNING name
)
SELECT leasehold.tell(name, 'plan') FROM turned
