-- queue_set_state: queue $1 becomes $2.
UPDATE leasehold.queues SET state = $2 WHERE name = $1
