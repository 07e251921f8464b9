-- audit_create: the queue's share of the audit, and the triggers of the dead items that it needs.
CREATE TABLE IF NOT EXISTS leasehold.item_audit_{queue}
    PARTITION OF leasehold.item_audit FOR VALUES IN ('{queue}');
CREATE OR REPLACE TRIGGER note_burial_{queue} BEFORE INSERT ON leasehold.dead_items
    FOR EACH ROW WHEN (NEW.queue = '{queue}') EXECUTE FUNCTION leasehold.note_burial();
CREATE OR REPLACE TRIGGER audit_{queue} AFTER DELETE ON leasehold.dead_items
    FOR EACH ROW WHEN (OLD.queue = '{queue}') EXECUTE FUNCTION leasehold.audit_dead_item()
