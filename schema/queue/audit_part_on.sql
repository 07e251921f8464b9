-- audit_part_on: from here on every change of an item of this part is in the audit, which begins
-- with what is there now. An update that leaves claim and token alone does not even queue the
-- trigger.
CREATE OR REPLACE TRIGGER audit_item AFTER INSERT OR DELETE ON leasehold.items_{queue}_{part}
    FOR EACH ROW EXECUTE FUNCTION leasehold.audit_item('{queue}');
CREATE OR REPLACE TRIGGER audit_claim AFTER UPDATE ON leasehold.items_{queue}_{part}
    FOR EACH ROW
    WHEN (OLD.claim IS DISTINCT FROM NEW.claim OR OLD.token <> NEW.token)
    EXECUTE FUNCTION leasehold.audit_item('{queue}');
INSERT INTO leasehold.item_audit (queue, part, what) VALUES ('{queue}', {part}, 'switched_on');
INSERT INTO leasehold.item_audit (queue, part, item, what, session, token, attempt)
SELECT '{queue}', part, id, 'found', claim, token, attempt FROM leasehold.items_{queue}_{part}
