-- growth_lock: keeps everybody from enqueueing until the transaction ends: the view, and under it
-- the table of all items and every part. Reading goes on. The first statement of its transaction:
-- what is read after it is what the writers before it left. While it waits for a writer, later
-- ones wait behind it, so it does not wait for long.
SET LOCAL lock_timeout = '2s';
LOCK TABLE leasehold.queue_{queue} IN EXCLUSIVE MODE
