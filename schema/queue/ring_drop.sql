-- ring_drop: ends with the queue.
DROP SEQUENCE IF EXISTS leasehold.ring_{queue}
