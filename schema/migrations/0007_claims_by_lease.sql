-- 0007 claims by lease: a queue of short tasks may be worked off without a claim on each item.
-- breaking: no, for the queues that are there. Locks: queues and parts for a moment.

ALTER TABLE leasehold.queues
    -- Where its claims are: 'row': each on its item. 'lease': nowhere; whoever owns the part may
    -- handle its items, and the lease is what the acknowledgement looks for.
    ADD COLUMN claims text NOT NULL DEFAULT 'row',
    ADD CONSTRAINT claims_are_on_the_row_or_the_lease CHECK (claims IN ('row', 'lease')),
    -- A key's items wait for each other by the claims on their rows.
    ADD CONSTRAINT claims_of_a_keyed_queue_are_on_the_row CHECK (NOT keyed OR claims = 'row'),
    -- Four left idle workers idle when one part had most of the items: docs/decisions/0014.
    ALTER COLUMN helpers_max SET DEFAULT 8;

ALTER TABLE leasehold.parts
    -- Its owner claims by the lease alone, so nobody else may claim anything: nobody helps here.
    ADD COLUMN by_lease bool NOT NULL DEFAULT false,
    -- Until then its owner claimed by the lease, and ended without a word: what was due by then may
    -- have been in its hands, and is claimed on the row. Null: nothing is in doubt.
    ADD COLUMN doubt_before timestamptz,
    -- Below every token shown from now on, and above those that owner may have shown.
    ADD COLUMN token_base bigint NOT NULL DEFAULT 0,
    ADD CONSTRAINT what_is_in_doubt_is_claimed_on_the_row
        CHECK (NOT by_lease OR doubt_before IS NULL);
