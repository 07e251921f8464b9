-- 0003 audit: every change of an item, written down by the database in the transaction that makes
-- it, so that exactly-once can be checked from outside: leasehold queue audit NAME --on.
-- breaking: no. Workers of 0002 write the audit too, their triggers fire in the server.
-- Locks: leasehold.queues for a moment.

ALTER TABLE leasehold.queues
    ADD COLUMN audit text NOT NULL DEFAULT 'off',
    ADD CONSTRAINT an_audit_is_off_starting_on_or_stopping
        CHECK (audit IN ('off', 'starting', 'on', 'stopping'));

-- A row for each change. Nobody reads it in a SERIALIZABLE transaction and it has no index, so
-- writers of different items meet nowhere in it. One partition for each queue that was ever
-- audited: it is emptied and dropped without a look at the others.
CREATE TABLE leasehold.item_audit (
    -- In the order of the changes for one item: it is drawn while the item's row is locked.
    seq     bigint GENERATED ALWAYS AS IDENTITY,
    at      timestamptz NOT NULL DEFAULT clock_timestamp(),
    queue   text NOT NULL,
    part    int NOT NULL,
    item    uuid,  -- null: the row is about the part
    -- switched_on, switched_off, found, enqueued, claimed, completed, returned, freed, buried,
    -- spent, deleted, forgotten, altered. No CHECK: it would cost more than the rest of a row.
    what    text NOT NULL,
    session uuid,  -- whose claim began or ended
    token   bigint,
    attempt int,
    xid     xid8 NOT NULL DEFAULT pg_current_xact_id()
) PARTITION BY LIST (queue);

-- Row trigger of every part of an audited queue. It runs as the owner of the schema, so those who
-- work need no right on the audit, and cannot write into it by hand.
--
-- A burial deletes the item and writes it to the dead items in one statement. Triggers before an
-- insert run before those after a delete, so note_burial() has named the item by then. item_free
-- and item_bury_spent name the session from which they take claims away: leasehold.freed.
CREATE FUNCTION leasehold.audit_item() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    queue  constant text := TG_ARGV[0];
    what   text;
    burial text;
    named  text;
BEGIN
    IF TG_OP = 'INSERT' THEN
        INSERT INTO leasehold.item_audit (queue, part, item, what, session, token, attempt)
        VALUES (queue, NEW.part, NEW.id, 'enqueued', NEW.claim, NEW.token, NEW.attempt);
    ELSIF TG_OP = 'DELETE' THEN
        named := current_setting('leasehold.buried', true);
        burial := format('%s:%s:%s;', queue, OLD.id, OLD.token);
        IF strpos(named, burial) > 0 THEN
            -- Used up: the next item of this id may be completed in the same transaction.
            PERFORM set_config('leasehold.buried', replace(named, burial, ''), true);
            what := CASE WHEN current_setting('leasehold.freed', true) = OLD.claim::text
                         THEN 'spent' ELSE 'buried' END;
        ELSIF OLD.claim IS NULL THEN
            what := 'deleted';
        ELSE
            what := 'completed';
        END IF;
        INSERT INTO leasehold.item_audit (queue, part, item, what, session, token, attempt)
        VALUES (queue, OLD.part, OLD.id, what, OLD.claim, OLD.token, OLD.attempt);
    ELSIF OLD.claim IS NULL AND NEW.claim IS NOT NULL THEN
        INSERT INTO leasehold.item_audit (queue, part, item, what, session, token, attempt)
        VALUES (queue, NEW.part, NEW.id, 'claimed', NEW.claim, NEW.token, NEW.attempt);
    ELSIF OLD.claim IS NOT NULL AND NEW.claim IS NULL AND OLD.token = NEW.token THEN
        what := CASE WHEN current_setting('leasehold.freed', true) = OLD.claim::text
                     THEN 'freed' ELSE 'returned' END;
        INSERT INTO leasehold.item_audit (queue, part, item, what, session, token, attempt)
        VALUES (queue, OLD.part, OLD.id, what, OLD.claim, OLD.token, OLD.attempt);
    ELSE
        -- Nothing of ours does this: a claim handed over, or a token changed by hand.
        INSERT INTO leasehold.item_audit (queue, part, item, what, session, token, attempt)
        VALUES (queue, NEW.part, NEW.id, 'altered', NEW.claim, NEW.token, NEW.attempt);
    END IF;
    RETURN NULL;
END
$$;

-- Row trigger of the dead items, for an audited queue, before an insert: see audit_item().
CREATE FUNCTION leasehold.note_burial() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    PERFORM set_config('leasehold.buried',
                       coalesce(current_setting('leasehold.buried', true), '')
                           || format('%s:%s:%s;', NEW.queue, NEW.id, NEW.token),
                       true);
    RETURN NEW;
END
$$;

-- Row trigger of the dead items, for an audited queue, after a delete: pruned, or on its way back.
CREATE FUNCTION leasehold.audit_dead_item() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    INSERT INTO leasehold.item_audit (queue, part, item, what, token, attempt)
    VALUES (OLD.queue, OLD.part, OLD.id, 'forgotten', OLD.token, OLD.attempt);
    RETURN NULL;
END
$$;

-- Whoever may execute these could put them on a table of his own and forge the audit. Firing them
-- takes no right.
REVOKE EXECUTE ON FUNCTION leasehold.audit_item(), leasehold.note_burial(),
    leasehold.audit_dead_item() FROM PUBLIC;
