-- audit_part_off: changes in this part are no longer written down, which the audit says.
DROP TRIGGER audit_item ON leasehold.items_{queue}_{part};
DROP TRIGGER audit_claim ON leasehold.items_{queue}_{part};
INSERT INTO leasehold.item_audit (queue, part, what) VALUES ('{queue}', {part}, 'switched_off')
