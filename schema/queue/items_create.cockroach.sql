-- items_create: one table for the items of all parts, which the server keeps in the order of its
-- primary key and locks to the row: parts need no tables of their own. {items} and {parts}: see
-- items_create.sql.
-- The part is computed, so that `WHERE id = ...` is one look and an INSERT need not know it. Such a
-- column cannot be part of a foreign key before 24.2; claim_part is its copy, for as long as the
-- item is claimed.
-- Times are read as microseconds, which it computes from nanoseconds of 64 bits.
-- Whoever enqueues by SQL may use an id again; so tokens begin above all that were shown for it.
CREATE TABLE IF NOT EXISTS leasehold.{items} (
    part         bigint NOT NULL GENERATED ALWAYS AS
                     (((('x' || substr(id::text, 1, 8))::bit(32)::int8) * {parts}) >> 32) STORED,
    id           uuid NOT NULL DEFAULT gen_random_uuid(),
    payload      jsonb NOT NULL,
    key          text,
    dedupe       text,
    priority     int4 NOT NULL DEFAULT 0,
    run_at       timestamptz NOT NULL DEFAULT now(),
    attempt      int NOT NULL DEFAULT 0,
    max_attempts int NOT NULL DEFAULT {max_attempts},
    created_at   timestamptz NOT NULL DEFAULT now(),
    claim        uuid,
    claim_part   bigint,
    token        bigint NOT NULL DEFAULT (nextval('leasehold.item_order') << 20),
    last_error   text,
    errors       jsonb,
    progress     smallint,
    note         text,
    cancel_asked_at timestamptz,
    PRIMARY KEY (part, id),
    CONSTRAINT an_id_does_not_begin_with_the_time
        CHECK (substr(id::text, 15, 1) NOT IN ('6', '7')),
    CONSTRAINT an_item_is_due_at_some_time CHECK (run_at >= '1700-01-01' AND run_at < '2262-01-01'),
    CONSTRAINT an_item_allows_1_to_1000_attempts CHECK (max_attempts BETWEEN 1 AND 1000),
    CONSTRAINT only_a_keyed_queues_items_have_keys CHECK (key IS NULL OR {keyed} = 1),
    CONSTRAINT a_key_gives_its_items_their_ids
        CHECK (key IS NULL
               OR substr(id::text, 1, 18) = substr(sha256(key), 1, 8) || '-'
                                            || substr(sha256(key), 9, 4) || '-8'
                                            || substr(sha256(key), 13, 3)),
    CONSTRAINT a_key_has_1_to_1000_bytes CHECK (octet_length(key) BETWEEN 1 AND 1000),
    CONSTRAINT a_dedupe_key_has_1_to_1000_bytes CHECK (octet_length(dedupe) BETWEEN 1 AND 1000),
    CONSTRAINT a_note_has_at_most_1000_bytes CHECK (octet_length(note) <= 1000),
    CONSTRAINT progress_is_0_to_100_per_cent CHECK (progress BETWEEN 0 AND 100),
    CONSTRAINT an_attempt_counts_from_zero CHECK (attempt >= 0),
    CONSTRAINT a_token_counts_every_claim CHECK (token >= attempt),
    CONSTRAINT a_claim_is_on_the_items_own_part
        CHECK ((claim IS NULL) = (claim_part IS NULL)
               AND (claim_part IS NULL OR claim_part = part)),
    -- I2: only a session that holds the lease on the item's own part can claim it.
    CONSTRAINT a_claim_needs_a_lease_on_the_items_own_part
        FOREIGN KEY (claim, claim_part) REFERENCES leasehold.session_parts (id, part)
)
