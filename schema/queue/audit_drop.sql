-- audit_drop: the queue's share of the audit, gone.
DROP TABLE IF EXISTS leasehold.item_audit_{queue}
