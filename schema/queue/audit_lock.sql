-- audit_lock: keeps writers out of one part until the transaction ends. The first statement of its
-- transaction, so that what is read after it is what the writers before it left.
LOCK TABLE leasehold.items_{queue}_{part} IN SHARE ROW EXCLUSIVE MODE
