-- queue_pause: see queue_pause.sql; nobody can be told here. Answers a row if it was otherwise
-- before.
UPDATE leasehold.queues SET paused = $2::bool WHERE name = $1::text AND paused <> $2::bool
RETURNING name AS tell
