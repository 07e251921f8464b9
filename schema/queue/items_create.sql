-- items_create: the table of one queue's items. {items} (items_ and the queue's name) and {parts}
-- are put in by the program; both have been checked against the rules of leasehold.queues.
-- A part is a table of its own: PostgreSQL keeps predicate locks on pages and whole relations, so
-- claims on disjoint parts meet nowhere only when the parts are disjoint relations.
CREATE TABLE IF NOT EXISTS leasehold.{items} (
    part         int NOT NULL,
    id           uuid NOT NULL DEFAULT gen_random_uuid(),
    payload      jsonb NOT NULL,
    key          text,
    dedupe       text,
    priority     int NOT NULL DEFAULT 0,
    run_at       timestamptz NOT NULL DEFAULT now(),
    attempt      int NOT NULL DEFAULT 0,
    max_attempts int NOT NULL DEFAULT {max_attempts},
    created_at   timestamptz NOT NULL DEFAULT now(),
    claim        uuid,
    token        bigint NOT NULL DEFAULT 0,
    last_error   text,
    errors       jsonb,     -- the last ten, oldest first: {attempt, at, error}
    progress     smallint,  -- per cent, as far as the handler says
    note         text,
    -- Set while it is claimed: its handler is told to stop, and it runs no more.
    cancel_asked_at timestamptz,
    -- The id first: behind the part, the server may look for `id = ANY (...)` by walking the whole
    -- part, and such a look conflicts with everything in it (docs/decisions/0009).
    PRIMARY KEY (id, part),
    -- That an item lies in the part of its id is checked by each part's table: see leaf_create.
    -- Ids that begin with the time (versions 6 and 7) would all land in one part for weeks on end.
    CONSTRAINT an_id_does_not_begin_with_the_time
        CHECK (get_byte(uuid_send(id), 6) NOT BETWEEN 96 AND 127),
    CONSTRAINT an_item_is_due_at_some_time CHECK (run_at > '-infinity' AND run_at < 'infinity'),
    CONSTRAINT an_item_allows_1_to_1000_attempts CHECK (max_attempts BETWEEN 1 AND 1000),
    CONSTRAINT a_key_gives_its_items_their_ids
        CHECK (key IS NULL OR substr(id::text, 1, 18) = leasehold.key_lane(key)),
    CONSTRAINT a_key_has_1_to_1000_bytes CHECK (octet_length(key) BETWEEN 1 AND 1000),
    CONSTRAINT a_dedupe_key_has_1_to_1000_bytes CHECK (octet_length(dedupe) BETWEEN 1 AND 1000),
    CONSTRAINT a_note_has_at_most_1000_bytes CHECK (octet_length(note) <= 1000),
    CONSTRAINT progress_is_0_to_100_per_cent CHECK (progress BETWEEN 0 AND 100),
    CONSTRAINT an_attempt_counts_from_zero CHECK (attempt >= 0),
    CONSTRAINT a_token_counts_every_claim CHECK (token >= attempt),
    -- I2: only a session that holds the lease on the item's own part can claim it.
    CONSTRAINT a_claim_needs_a_lease_on_the_items_own_part
        FOREIGN KEY (claim, part) REFERENCES leasehold.session_parts (id, part)
) PARTITION BY LIST (part)
