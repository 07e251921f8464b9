-- queue_set_audit: what is to be said of queue $1's audit: $2, off, starting, on or stopping.
UPDATE leasehold.queues SET audit = $2 WHERE name = $1
