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

-- As in 0003, and: the statements *_by_lease name in leasehold.by_lease the session and the
-- token_base by which an item without a claim on its row was shown. The audit has both ends of such
-- a claim, one after the other.
CREATE OR REPLACE FUNCTION leasehold.audit_item() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    queue   constant text := TG_ARGV[0];
    what    text;
    burial  text;
    named   text;
    leased  text[];
    session uuid;
    shown   int8;
    attempt int;
BEGIN
    IF TG_OP = 'INSERT' THEN
        INSERT INTO leasehold.item_audit (queue, part, item, what, session, token, attempt)
        VALUES (queue, NEW.part, NEW.id, 'enqueued', NEW.claim, NEW.token, NEW.attempt);
        RETURN NULL;
    END IF;
    session := OLD.claim;
    shown := OLD.token;
    attempt := OLD.attempt;
    IF OLD.claim IS NULL AND (TG_OP = 'DELETE' OR NEW.claim IS NULL) THEN
        leased := string_to_array(nullif(current_setting('leasehold.by_lease', true), ''), ':');
    END IF;
    IF leased IS NOT NULL AND (TG_OP = 'DELETE' OR OLD.token <> NEW.token) THEN
        session := leased[1];
        shown := greatest(OLD.token, leased[2]::int8) + 1;
        attempt := OLD.attempt + 1;
        INSERT INTO leasehold.item_audit (queue, part, item, what, session, token, attempt)
        VALUES (queue, OLD.part, OLD.id, 'claimed', session, shown, attempt);
    END IF;
    IF TG_OP = 'DELETE' THEN
        named := current_setting('leasehold.buried', true);
        burial := format('%s:%s:%s;', queue, OLD.id, shown);
        IF strpos(named, burial) > 0 THEN
            -- Used up: the next item of this id may be completed in the same transaction.
            PERFORM set_config('leasehold.buried', replace(named, burial, ''), true);
            what := CASE WHEN current_setting('leasehold.freed', true) = OLD.claim::text
                         THEN 'spent' ELSE 'buried' END;
        ELSIF session IS NULL THEN
            what := 'deleted';
        ELSE
            what := 'completed';
        END IF;
    ELSIF OLD.claim IS NULL AND NEW.claim IS NOT NULL THEN
        what := 'claimed';
        session := NEW.claim;
        shown := NEW.token;
        attempt := NEW.attempt;
    ELSIF session IS NOT NULL AND NEW.claim IS NULL AND shown = NEW.token THEN
        what := CASE WHEN current_setting('leasehold.freed', true) = OLD.claim::text
                     THEN 'freed' ELSE 'returned' END;
    ELSE
        -- Nothing of ours does this: a claim handed over, or a token changed by hand.
        what := 'altered';
        session := NEW.claim;
        shown := NEW.token;
        attempt := NEW.attempt;
    END IF;
    INSERT INTO leasehold.item_audit (queue, part, item, what, session, token, attempt)
    VALUES (queue, OLD.part, OLD.id, what, session, shown, attempt);
    RETURN NULL;
END
$$;
