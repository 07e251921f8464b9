-- queue_pause: see queue_pause.sql; nobody can be told here.
UPDATE leasehold.queues SET paused = $2::bool WHERE name = $1::text AND paused <> $2::bool
