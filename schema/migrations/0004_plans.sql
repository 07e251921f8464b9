-- 0004 plans: who should hold which part is written down, so that a session looks at its own parts
-- only, whatever the number of sessions and parts; parts are given from hand to hand; idle sessions
-- take up what waits in the parts of busy ones.
-- breaking: workers of 0003 do not follow plans; stop them before, start those of 0004 after.
-- Locks: queues, parts, sessions, session_parts and ownership_log for a moment.

ALTER TABLE leasehold.queues
    DROP CONSTRAINT a_queue_divides_by_a_known_strategy,
    DROP CONSTRAINT a_queue_is_creating_ready_or_dropping,
    -- Nobody claims, everybody keeps their parts.
    ADD COLUMN paused         bool NOT NULL DEFAULT false,
    -- Quiet that is waited for before sessions that join are planned for.
    ADD COLUMN settle         interval NOT NULL DEFAULT '300 milliseconds',
    -- How long the parts of a session with a name of its own wait for a restart under that name.
    ADD COLUMN restart_grace  interval NOT NULL DEFAULT '5 seconds',
    -- How long an item is ready in a busy session's part before idle sessions may take it.
    ADD COLUMN help_delay     interval NOT NULL DEFAULT '50 milliseconds',
    -- Sessions that may help in one part at once. 0: nobody helps.
    ADD COLUMN helpers_max    int NOT NULL DEFAULT 4,
    -- The number of the plan in parts.planned_for.
    ADD COLUMN plan           bigint NOT NULL DEFAULT 0,
    -- When the next plan is due; null: nothing has changed since the last.
    ADD COLUMN plan_at        timestamptz DEFAULT clock_timestamp(),
    ADD COLUMN unplanned_since timestamptz,
    -- Sessions that the last plan gave parts to. 0: the next to join need not wait.
    ADD COLUMN planned_seats  int NOT NULL DEFAULT 0,
    ADD CONSTRAINT a_queue_divides_by_a_known_strategy
        CHECK (strategy IN ('lexical', 'sticky', 'balanced')),
    ADD CONSTRAINT a_queue_is_creating_ready_growing_or_dropping
        CHECK (state IN ('creating', 'ready', 'growing', 'dropping')),
    ADD CONSTRAINT joins_settle_within_0_to_10_s
        CHECK (settle BETWEEN '0' AND '10 seconds'),
    ADD CONSTRAINT a_restart_has_0_s_to_1_h
        CHECK (restart_grace BETWEEN '0' AND '1 hour'),
    ADD CONSTRAINT help_comes_after_0_ms_to_1_h
        CHECK (help_delay BETWEEN '0' AND '1 hour'),
    ADD CONSTRAINT a_part_has_0_to_64_helpers CHECK (helpers_max BETWEEN 0 AND 64);

ALTER TABLE leasehold.parts
    DROP COLUMN paused,
    -- Not a foreign key: it outlives the session until the next plan.
    ADD COLUMN planned_for uuid,
    -- Why the plan changed here last (join, leave, expired, cordon, plan), and which plan did.
    ADD COLUMN why         text NOT NULL DEFAULT 'plan',
    ADD COLUMN plan        bigint NOT NULL DEFAULT 0,
    -- Work of late, decayed: items a second that were done here, and the backlog's share. Kept for
    -- the strategy that weighs parts.
    ADD COLUMN load        float8 NOT NULL DEFAULT 0;

-- What a session looks for at each new plan.
CREATE INDEX parts_planned_for ON leasehold.parts (queue, planned_for);

ALTER TABLE leasehold.sessions
    DROP CONSTRAINT a_session_is_live_or_leaving,
    -- Keeps its seat, but no part is planned for it.
    ADD COLUMN cordoned bool NOT NULL DEFAULT false,
    -- Its name was given by its user: a restart under it takes its parts back.
    ADD COLUMN named    bool NOT NULL DEFAULT false,
    -- Advisory lock that its heartbeat connection holds: free means that the connection is closed.
    ADD COLUMN guard    int8,
    -- evicted: told by a heartbeat's answer to drain and end.
    ADD CONSTRAINT a_session_is_live_leaving_or_evicted
        CHECK (state IN ('live', 'leaving', 'evicted'));

-- Sessions with names of their own that ended lately. Their parts stay planned for them until
-- restart_grace is over or a session of that name comes.
CREATE TABLE leasehold.vacant_seats (
    queue   text NOT NULL REFERENCES leasehold.queues (name),
    session uuid NOT NULL,
    name    text NOT NULL,
    weight  int NOT NULL,
    left_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (queue, session)
);

-- How many help in a part.
CREATE INDEX helpers_of_a_part ON leasehold.session_parts (queue, part) WHERE role = 'helper';

-- Parts with due items that have waited too long and whose owner has no free slot. A hint.
CREATE TABLE leasehold.help_wanted (
    queue    text NOT NULL REFERENCES leasehold.queues (name),
    part     int NOT NULL,
    since    timestamptz NOT NULL DEFAULT clock_timestamp(),
    asked_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (queue, part)
) WITH (fillfactor = 50);

ALTER TABLE leasehold.ownership_log
    ADD COLUMN role text NOT NULL DEFAULT 'owner',
    -- Number of the plan that was followed.
    ADD COLUMN plan bigint;

CREATE INDEX ownership_log_by_time ON leasehold.ownership_log (queue, at);

-- Tells whoever listens for this queue. A hint that may get lost; polling finds what it says, too.
CREATE FUNCTION leasehold.tell(queue text, what text) RETURNS void
LANGUAGE sql AS $$
    SELECT pg_notify('leasehold_' || queue, what)
$$;

-- The membership of a queue changed; a new plan is due after so much quiet, but no later than five
-- times that after the first change that was not planned for. Nobody planned for yet: at once.
CREATE FUNCTION leasehold.raise_generation(of_queue text, quiet interval) RETURNS void
LANGUAGE sql AS $$
    UPDATE leasehold.queues
       SET generation = generation + 1,
           unplanned_since = coalesce(unplanned_since, clock_timestamp()),
           plan_at = CASE WHEN planned_seats = 0 OR plan_at <= clock_timestamp()
                          THEN least(plan_at, clock_timestamp())
                          ELSE least(clock_timestamp() + quiet,
                                     coalesce(unplanned_since, clock_timestamp()) + 5 * quiet)
                     END
     WHERE name = of_queue;
    -- What is due later is seen to by whoever caused it: nobody else need wake up.
    SELECT leasehold.tell(of_queue, 'plan') WHERE quiet = '0';
$$;
