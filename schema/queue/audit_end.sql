-- audit_end: the triggers of the dead items go; what was written down stays.
DROP TRIGGER IF EXISTS note_burial_{queue} ON leasehold.dead_items;
DROP TRIGGER IF EXISTS audit_{queue} ON leasehold.dead_items
