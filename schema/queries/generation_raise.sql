-- generation_raise: tells all sessions of queue $1 that the membership changed.
UPDATE leasehold.queues SET generation = generation + 1 WHERE name = $1
