-- 0008 as_on_postgres: all that the migrations up to 0008 make on PostgreSQL, for CockroachDB.
-- breaking: no, nothing stood here before. Each statement is committed by itself, and does nothing
-- the second time. What the columns are for is said in the migrations of PostgreSQL.
-- Not here, since the server has nothing like it, or not on all versions: functions, triggers,
-- notices, audits, and views that can be written to. Enqueueing is an INSERT into the items' table.

CREATE TABLE IF NOT EXISTS leasehold.queues (
    name            text PRIMARY KEY,
    part_count      int NOT NULL,
    strategy        text NOT NULL DEFAULT 'lexical',
    keyed           bool NOT NULL DEFAULT false,
    max_attempts    int NOT NULL DEFAULT 25,
    retry_base      interval NOT NULL DEFAULT '1 second',
    retry_max       interval NOT NULL DEFAULT '1 hour',
    generation      bigint NOT NULL DEFAULT 1,
    state           text NOT NULL DEFAULT 'creating',
    created_at      timestamptz NOT NULL DEFAULT now(),
    audit           text NOT NULL DEFAULT 'off',
    paused          bool NOT NULL DEFAULT false,
    settle          interval NOT NULL DEFAULT '300 milliseconds',
    restart_grace   interval NOT NULL DEFAULT '5 seconds',
    help_delay      interval NOT NULL DEFAULT '50 milliseconds',
    helpers_max     int NOT NULL DEFAULT 8,
    plan            bigint NOT NULL DEFAULT 0,
    plan_at         timestamptz DEFAULT clock_timestamp(),
    unplanned_since timestamptz,
    planned_seats   int NOT NULL DEFAULT 0,
    grows_to        int,
    claims          text NOT NULL DEFAULT 'row',
    CONSTRAINT a_queue_name_is_short_lower_case_letters_digits_underscores
        CHECK (name ~ '^[a-z][a-z0-9_]{0,39}$'),
    CONSTRAINT a_queue_has_1_to_1024_parts CHECK (part_count BETWEEN 1 AND 1024),
    CONSTRAINT a_queue_divides_by_a_known_strategy
        CHECK (strategy IN ('lexical', 'sticky', 'balanced')),
    CONSTRAINT a_queue_allows_1_to_1000_attempts CHECK (max_attempts BETWEEN 1 AND 1000),
    CONSTRAINT a_retry_waits_1_ms_to_30_days
        CHECK (retry_base >= '1 millisecond' AND retry_base <= retry_max
               AND retry_max <= '30 days'),
    CONSTRAINT a_queue_is_creating_ready_or_dropping
        CHECK (state IN ('creating', 'ready', 'dropping')),
    CONSTRAINT nothing_writes_an_audit_here CHECK (audit = 'off'),
    CONSTRAINT joins_settle_within_0_to_10_s CHECK (settle BETWEEN '0' AND '10 seconds'),
    CONSTRAINT a_restart_has_0_s_to_1_h CHECK (restart_grace BETWEEN '0' AND '1 hour'),
    CONSTRAINT help_comes_after_0_ms_to_1_h CHECK (help_delay BETWEEN '0' AND '1 hour'),
    CONSTRAINT a_part_has_0_to_64_helpers CHECK (helpers_max BETWEEN 0 AND 64),
    CONSTRAINT claims_are_on_the_row_or_the_lease CHECK (claims IN ('row', 'lease')),
    CONSTRAINT claims_of_a_keyed_queue_are_on_the_row CHECK (NOT keyed OR claims = 'row')
);

-- What a heartbeat writes is a family of its own: the foreign key of a lease that is being made
-- would else wait for every heartbeat that is not committed yet.
CREATE TABLE IF NOT EXISTS leasehold.sessions (
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
    cordoned      bool NOT NULL DEFAULT false,
    named         bool NOT NULL DEFAULT false,
    heartbeat_at  timestamptz NOT NULL DEFAULT clock_timestamp(),
    expires_at    timestamptz NOT NULL,
    guard         bigint,
    CONSTRAINT a_session_sits_in_one_queue UNIQUE (queue, id),
    CONSTRAINT a_session_is_live_leaving_or_evicted
        CHECK (state IN ('live', 'leaving', 'evicted')),
    CONSTRAINT a_session_weighs_1_to_1000 CHECK (weight BETWEEN 1 AND 1000),
    CONSTRAINT a_session_expires_after_its_heartbeat CHECK (expires_at > heartbeat_at),
    FAMILY seat (id, queue, name, host, pid, version, weight, state, ttl, registered_at, cordoned,
                 named),
    FAMILY heartbeat (heartbeat_at, expires_at, guard)
);

CREATE TABLE IF NOT EXISTS leasehold.parts (
    queue        text NOT NULL REFERENCES leasehold.queues (name),
    part         int NOT NULL,
    epoch        bigint NOT NULL DEFAULT 0,
    planned_for  uuid,
    why          text NOT NULL DEFAULT 'plan',
    plan         bigint NOT NULL DEFAULT 0,
    load         float8 NOT NULL DEFAULT 0,
    by_lease     bool NOT NULL DEFAULT false,
    doubt_before timestamptz,
    token_base   bigint NOT NULL DEFAULT 0,
    PRIMARY KEY (queue, part),
    CONSTRAINT a_part_counts_from_zero CHECK (part >= 0),
    CONSTRAINT an_epoch_counts_from_zero CHECK (epoch >= 0),
    CONSTRAINT what_is_in_doubt_is_claimed_on_the_row
        CHECK (NOT by_lease OR doubt_before IS NULL)
);

CREATE INDEX IF NOT EXISTS parts_planned_for ON leasehold.parts (queue, planned_for);

CREATE TABLE IF NOT EXISTS leasehold.session_parts (
    id       uuid NOT NULL,
    queue    text NOT NULL,
    part     int NOT NULL,
    epoch    bigint NOT NULL,
    role     text NOT NULL DEFAULT 'owner',
    taken_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    CONSTRAINT session_parts_pkey PRIMARY KEY (id, part),
    CONSTRAINT a_lease_belongs_to_a_session_of_the_same_queue
        FOREIGN KEY (queue, id) REFERENCES leasehold.sessions (queue, id),
    CONSTRAINT a_lease_is_on_a_part_of_the_queue
        FOREIGN KEY (queue, part) REFERENCES leasehold.parts (queue, part),
    CONSTRAINT a_lease_is_an_owners_or_a_helpers CHECK (role IN ('owner', 'helper'))
);

-- I1: at most one owner of a part at any instant.
CREATE UNIQUE INDEX IF NOT EXISTS a_part_has_at_most_one_owner
    ON leasehold.session_parts (queue, part) WHERE role = 'owner';

CREATE INDEX IF NOT EXISTS helpers_of_a_part
    ON leasehold.session_parts (queue, part) WHERE role = 'helper';

-- Where the ends of the two foreign keys are looked for when a session or a queue goes.
CREATE INDEX IF NOT EXISTS leases_of_a_session ON leasehold.session_parts (queue, id);

CREATE TABLE IF NOT EXISTS leasehold.ownership_log (
    queue        text NOT NULL,
    part         int NOT NULL,
    epoch        bigint NOT NULL,
    at           timestamptz NOT NULL DEFAULT clock_timestamp(),
    from_session uuid,
    to_session   uuid,
    reason       text NOT NULL,
    role         text NOT NULL DEFAULT 'owner',
    plan         bigint,
    PRIMARY KEY (queue, part, epoch, at),
    CONSTRAINT a_change_of_hands_names_a_hand
        CHECK (from_session IS NOT NULL OR to_session IS NOT NULL)
);

CREATE INDEX IF NOT EXISTS ownership_log_by_time ON leasehold.ownership_log (queue, at);

CREATE TABLE IF NOT EXISTS leasehold.vacant_seats (
    queue   text NOT NULL REFERENCES leasehold.queues (name),
    session uuid NOT NULL,
    name    text NOT NULL,
    weight  int NOT NULL,
    left_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (queue, session)
);

CREATE TABLE IF NOT EXISTS leasehold.help_wanted (
    queue    text NOT NULL REFERENCES leasehold.queues (name),
    part     int NOT NULL,
    since    timestamptz NOT NULL DEFAULT clock_timestamp(),
    asked_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (queue, part)
);

CREATE TABLE IF NOT EXISTS leasehold.dead_items (
    queue        text NOT NULL REFERENCES leasehold.queues (name),
    id           uuid NOT NULL,
    died_at      timestamptz NOT NULL DEFAULT clock_timestamp(),
    part         int NOT NULL,
    payload      jsonb NOT NULL,
    key          text,
    dedupe       text,
    priority     int4 NOT NULL,
    attempt      int NOT NULL,
    max_attempts int NOT NULL,
    created_at   timestamptz NOT NULL,
    token        bigint NOT NULL,
    reason       text NOT NULL DEFAULT 'buried',
    last_error   text,
    errors       jsonb,
    progress     smallint,
    note         text,
    PRIMARY KEY (queue, id, died_at),
    CONSTRAINT an_item_dies_spent_buried_or_cancelled
        CHECK (reason IN ('spent', 'buried', 'cancelled'))
);

CREATE INDEX IF NOT EXISTS dead_items_by_time ON leasehold.dead_items (queue, died_at, id);

-- As on PostgreSQL: counts enqueues of keyed items, and of items whose id may be used again.
CREATE SEQUENCE IF NOT EXISTS leasehold.item_order;

-- A row for each open connection that may have to be looked back on: see queries/guard_stands.
-- Who ends without a word leaves it behind, until queries/guards_forget.
CREATE TABLE IF NOT EXISTS leasehold.guards (
    id       bigint PRIMARY KEY,
    taken_at timestamptz NOT NULL DEFAULT clock_timestamp()
);

CREATE INDEX IF NOT EXISTS guards_by_time ON leasehold.guards (taken_at);

-- A row for each transaction that gave itself a name, to be looked back on when its COMMIT gets no
-- answer: see queries/transaction_id and commits_forget. Kept false: it never comes to be.
CREATE TABLE IF NOT EXISTS leasehold.commits (
    name uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    kept bool NOT NULL DEFAULT true,
    at   timestamptz NOT NULL DEFAULT clock_timestamp()
);

CREATE INDEX IF NOT EXISTS commits_by_time ON leasehold.commits (at);
