-- growth_swap: the new tables take the names of the old ones, which are put away. Waits for readers
-- of the old ones first, in the order in which readers lock, and then for nobody.
SET LOCAL lock_timeout = '10s';
LOCK TABLE leasehold.queue_{queue} IN ACCESS EXCLUSIVE MODE;
DO $$
DECLARE
    part int;
BEGIN
    ALTER TABLE leasehold.items_{queue} RENAME TO stale_{queue};
    FOR part IN 0 .. {old_parts} - 1 LOOP
        EXECUTE format('ALTER TABLE leasehold.%I RENAME TO %I',
                       'items_{queue}_' || part, 'stale_{queue}_' || part);
    END LOOP;
    ALTER TABLE leasehold.grown_{queue} RENAME TO items_{queue};
    PERFORM leasehold.hand_down_rights('leasehold.stale_{queue}', 'leasehold.items_{queue}');
    FOR part IN 0 .. {parts} - 1 LOOP
        EXECUTE format('ALTER TABLE leasehold.%I RENAME TO %I',
                       'grown_{queue}_' || part, 'items_{queue}_' || part);
        PERFORM leasehold.hand_down_rights(
            format('leasehold.%I', 'stale_{queue}_' || part * {old_parts} / {parts}),
            format('leasehold.%I', 'items_{queue}_' || part));
    END LOOP;
END
$$
