-- 0001 queues_sessions_parts: queues, who works in them, and who holds which part.
-- breaking: no, nothing stood here before. Locks: none that matter on an empty schema.
-- The invariants named I1 to I7 are those of docs/guarantees.md.

CREATE TABLE leasehold.queues (
    name         text PRIMARY KEY,
    part_count   int NOT NULL,
    strategy     text NOT NULL DEFAULT 'lexical',
    -- Items of one key run in order and never two at a time. For the queue's whole life.
    keyed        bool NOT NULL DEFAULT false,
    max_attempts int NOT NULL DEFAULT 25,
    -- A retry waits a random time up to retry_base * 2^(attempt - 1), at most retry_max.
    retry_base   interval NOT NULL DEFAULT '1 second',
    retry_max    interval NOT NULL DEFAULT '1 hour',
    -- Raised by every change of membership, so that a look for changes costs one row.
    generation   bigint NOT NULL DEFAULT 1,
    -- creating: its tables are being made, a few parts a transaction; dropping: likewise.
    state        text NOT NULL DEFAULT 'creating',
    created_at   timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT a_queue_name_is_short_lower_case_letters_digits_underscores
        CHECK (name ~ '^[a-z][a-z0-9_]{0,39}$'),
    CONSTRAINT a_queue_has_1_to_1024_parts CHECK (part_count BETWEEN 1 AND 1024),
    CONSTRAINT a_queue_divides_by_a_known_strategy CHECK (strategy IN ('lexical')),
    CONSTRAINT a_queue_allows_1_to_1000_attempts CHECK (max_attempts BETWEEN 1 AND 1000),
    CONSTRAINT a_retry_waits_1_ms_to_30_days
        CHECK (retry_base >= '1 millisecond' AND retry_base <= retry_max
               AND retry_max <= '30 days'),
    CONSTRAINT a_queue_is_creating_ready_or_dropping
        CHECK (state IN ('creating', 'ready', 'dropping'))
);

-- Heartbeats write this table and no other. No index holds a column that a heartbeat changes, and
-- the pages keep room, so a heartbeat is a heap-only update.
CREATE TABLE leasehold.sessions (
    id            uuid PRIMARY KEY,
    queue         text NOT NULL REFERENCES leasehold.queues (name),
    name          text NOT NULL,
    host          text NOT NULL,
    pid           bigint NOT NULL,
    version       text NOT NULL,
    weight        int NOT NULL DEFAULT 1,
    state         text NOT NULL DEFAULT 'live',
    ttl           interval NOT NULL,
    registered_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    heartbeat_at  timestamptz NOT NULL DEFAULT clock_timestamp(),
    expires_at    timestamptz NOT NULL,
    CONSTRAINT a_session_sits_in_one_queue UNIQUE (queue, id),
    CONSTRAINT a_session_is_live_or_leaving CHECK (state IN ('live', 'leaving')),
    CONSTRAINT a_session_weighs_1_to_1000 CHECK (weight BETWEEN 1 AND 1000),
    CONSTRAINT a_session_expires_after_its_heartbeat CHECK (expires_at > heartbeat_at)
) WITH (fillfactor = 50);

-- One row a part for ever; its epoch outlives every owner (I1: owner epochs only rise).
CREATE TABLE leasehold.parts (
    queue  text NOT NULL REFERENCES leasehold.queues (name),
    part   int NOT NULL,
    epoch  bigint NOT NULL DEFAULT 0,
    paused bool NOT NULL DEFAULT false,
    PRIMARY KEY (queue, part),
    CONSTRAINT a_part_counts_from_zero CHECK (part >= 0),
    CONSTRAINT an_epoch_counts_from_zero CHECK (epoch >= 0)
) WITH (fillfactor = 50);

-- A lease: session `id` holds `part` of `queue`, in the part's term number `epoch`.
CREATE TABLE leasehold.session_parts (
    id       uuid NOT NULL,
    queue    text NOT NULL,
    part     int NOT NULL,
    epoch    bigint NOT NULL,
    role     text NOT NULL DEFAULT 'owner',
    taken_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (id, part),
    CONSTRAINT a_lease_belongs_to_a_session_of_the_same_queue
        FOREIGN KEY (queue, id) REFERENCES leasehold.sessions (queue, id),
    CONSTRAINT a_lease_is_on_a_part_of_the_queue
        FOREIGN KEY (queue, part) REFERENCES leasehold.parts (queue, part),
    CONSTRAINT a_lease_is_an_owners_or_a_helpers CHECK (role IN ('owner', 'helper'))
);

-- I1: at most one owner of a part at any instant.
CREATE UNIQUE INDEX a_part_has_at_most_one_owner
    ON leasehold.session_parts (queue, part) WHERE role = 'owner';

-- Who held which part when, and why it changed hands. Never read by the protocol.
CREATE TABLE leasehold.ownership_log (
    queue        text NOT NULL,
    part         int NOT NULL,
    epoch        bigint NOT NULL,
    at           timestamptz NOT NULL DEFAULT clock_timestamp(),
    from_session uuid,
    to_session   uuid,
    reason       text NOT NULL,
    PRIMARY KEY (queue, part, epoch, at),
    CONSTRAINT a_change_of_hands_names_a_hand
        CHECK (from_session IS NOT NULL OR to_session IS NOT NULL)
);

-- Items that were given up: no worker looks here, people do.
CREATE TABLE leasehold.dead_items (
    queue        text NOT NULL REFERENCES leasehold.queues (name),
    id           uuid NOT NULL,
    died_at      timestamptz NOT NULL DEFAULT clock_timestamp(),
    part         int NOT NULL,
    payload      jsonb NOT NULL,
    key          text,
    dedupe       text,
    priority     int NOT NULL,
    attempt      int NOT NULL,
    max_attempts int NOT NULL,
    created_at   timestamptz NOT NULL,
    token        bigint NOT NULL,
    -- spent: no attempt was left; buried: its handler gave it up; cancelled: somebody asked.
    reason       text NOT NULL DEFAULT 'buried',
    last_error   text,
    errors       jsonb,
    progress     smallint,
    note         text,
    PRIMARY KEY (queue, id, died_at),
    CONSTRAINT an_item_dies_spent_buried_or_cancelled
        CHECK (reason IN ('spent', 'buried', 'cancelled'))
);

-- What people look for: the latest first.
CREATE INDEX dead_items_by_time ON leasehold.dead_items (queue, died_at, id);
