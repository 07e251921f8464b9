-- audit_lock: keeps writers out of one part until the transaction ends. The first statement of its
-- transaction, so that what is read after it is what the writers before it left. While it waits for
-- a writer, later ones wait behind it, so it does not wait for long.
SET LOCAL lock_timeout = '10s';
LOCK TABLE leasehold.items_{queue}_{part} IN SHARE ROW EXCLUSIVE MODE
