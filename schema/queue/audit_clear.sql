-- audit_clear: the queue's share of the audit, emptied.
TRUNCATE leasehold.item_audit_{queue}
