-- 0002 enqueue: SQL is the API too: one statement in the caller's own transaction.
-- breaking: no. Locks: none.

-- The part of an id: floor(its first 32 bits * part_count / 2^32). coordinator/parts/keyspace.hpp
-- computes the same; the sql tests compare the two at every bound.
CREATE FUNCTION leasehold.part_of(id uuid, part_count int) RETURNS int
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $$
    SELECT (((('x' || substr(id::text, 1, 8))::bit(32)::int8) * part_count) >> 32)::int
$$;

-- Counts enqueues of keyed items, and of items whose id may be used again. Never turned back, so a
-- later number means later, whatever the clocks say.
CREATE SEQUENCE leasehold.item_order AS int8 CACHE 1;

-- The first half of the id of every item with this key, as the text of a UUID has it: 60 bits of
-- the key's SHA-256, and version 8, which RFC 9562 leaves to the application.
CREATE FUNCTION leasehold.key_lane(key text) RETURNS text
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $$
    SELECT substr(h, 1, 8) || '-' || substr(h, 9, 4) || '-8' || substr(h, 13, 3)
      FROM (SELECT encode(sha256(convert_to(key, 'UTF8')), 'hex')) AS hash (h)
$$;

-- A new id in the lane of `key`, behind all that were made before.
CREATE FUNCTION leasehold.keyed_id(key text) RETURNS uuid
LANGUAGE sql VOLATILE STRICT AS $$
    SELECT (leasehold.key_lane(key) || '-8' || substr(o, 1, 3) || '-' || substr(o, 4))::uuid
      FROM (SELECT lpad(to_hex(nextval('leasehold.item_order')), 15, '0')) AS next (o)
$$;

-- The id of every item of `queue` with this dedupe key: while one is there, a second meets its
-- primary key.
CREATE FUNCTION leasehold.dedupe_id(queue text, dedupe text) RETURNS uuid
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $$
    SELECT (substr(h, 1, 8) || '-' || substr(h, 9, 4) || '-8' || substr(h, 13, 3) || '-8'
            || substr(h, 16, 3) || '-' || substr(h, 19, 12))::uuid
      FROM (SELECT encode(sha256(convert_to(queue || '/' || dedupe, 'UTF8')), 'hex')) AS hash (h)
$$;

-- Where the tokens of an item begin whose id may have been used before: above all that were given
-- out under that id, unless it was claimed over a million times.
CREATE FUNCTION leasehold.first_token() RETURNS int8
LANGUAGE sql VOLATILE AS $$
    SELECT nextval('leasehold.item_order') << 20
$$;

-- What became of a transaction, as far as the caller's own snapshot may know: what the snapshot
-- does not see yet is in progress, or else rows and fate would contradict each other. Null: too
-- long ago, or this server never came that far, since it took over from one that was ahead of it.
CREATE FUNCTION leasehold.commit_fate(transaction xid8) RETURNS text
LANGUAGE plpgsql STABLE STRICT AS $$
DECLARE
    status text;
BEGIN
    status := pg_xact_status(transaction);
    RETURN CASE WHEN status = 'committed'
                     AND NOT pg_visible_in_snapshot(transaction, pg_current_snapshot())
                THEN 'in progress' ELSE status END;
EXCEPTION
    WHEN invalid_parameter_value THEN RETURN NULL;
END
$$;

-- `errors` and one more, when there is one; the last ten are kept.
CREATE FUNCTION leasehold.with_error(errors jsonb, attempt int, error text) RETURNS jsonb
LANGUAGE sql STABLE AS $$
    SELECT CASE WHEN error IS NULL THEN errors
                ELSE (CASE WHEN jsonb_array_length(errors) >= 10 THEN errors - 0
                           ELSE coalesce(errors, '[]') END)
                     || jsonb_build_object('attempt', attempt, 'at', clock_timestamp(),
                                           'error', left(error, 1000)) END
$$;

-- Row trigger of each queue's view: gives an inserted row its id, its part and its defaults, and
-- puts it straight into the part's own table. What is fixed about the queue comes as arguments of
-- the trigger (name, part count, attempts, keyed or not), so that an enqueue reads no row that
-- anybody ever writes.
CREATE FUNCTION leasehold.place_item() RETURNS trigger
LANGUAGE plpgsql AS $$
DECLARE
    queue       constant text := TG_ARGV[0];
    part_count  constant int  := TG_ARGV[1]::int;
    keyed       constant bool := TG_ARGV[3]::bool;
    payload_max constant int  := 1048576;  -- bytes; the same limit as leasehold enqueue's
    leaf        text;
    placed      int;
    pending     uuid;
    walks       text;
BEGIN
    IF NEW.key IS NOT NULL AND NOT keyed THEN
        RAISE EXCEPTION 'leasehold: queue "%" is not keyed, and its items take no key', queue
            USING ERRCODE = 'check_violation',
                  HINT = 'Only a queue made by leasehold queue create --keyed keeps items of one '
                         'key in order.';
    END IF;
    IF NEW.id IS NOT NULL AND (NEW.key IS NOT NULL OR NEW.dedupe IS NOT NULL) THEN
        RAISE EXCEPTION 'leasehold: item % cannot have an id of its own and a key or dedupe key',
                        NEW.id
            USING ERRCODE = 'check_violation', HINT = 'Leave the id out: the key gives it.';
    END IF;
    NEW.token := CASE WHEN NEW.id IS NOT NULL OR NEW.dedupe IS NOT NULL
                      THEN leasehold.first_token() ELSE 0 END;
    NEW.id := coalesce(NEW.id, leasehold.keyed_id(NEW.key),
                       leasehold.dedupe_id(queue, NEW.dedupe), gen_random_uuid());
    IF NEW.payload IS NULL THEN
        RAISE EXCEPTION 'leasehold: an item of queue "%" needs a payload', queue
            USING ERRCODE = 'not_null_violation', HINT = 'Give ''{}'' when there is none.';
    END IF;
    IF pg_column_size(NEW.payload) > payload_max THEN
        RAISE EXCEPTION 'leasehold: the payload of item % is over % bytes', NEW.id, payload_max
            USING ERRCODE = 'program_limit_exceeded',
                  HINT = 'Keep large data elsewhere and enqueue a reference to it.';
    END IF;
    NEW.part         := leasehold.part_of(NEW.id, part_count);
    NEW.priority     := coalesce(NEW.priority, 0);
    NEW.run_at       := coalesce(NEW.run_at, now());
    NEW.attempt      := 0;
    NEW.max_attempts := coalesce(NEW.max_attempts, TG_ARGV[2]::int);
    NEW.created_at   := now();
    NEW.claim        := NULL;
    NEW.last_error   := NULL;
    leaf := 'items_' || queue || '_' || NEW.part;
    LOOP
        EXECUTE format('INSERT INTO leasehold.%I (part, id, payload, key, dedupe, priority, '
                       'run_at, max_attempts, created_at, token) '
                       'VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) %s', leaf,
                       CASE WHEN NEW.dedupe IS NOT NULL THEN 'ON CONFLICT DO NOTHING' END)
        USING NEW.part, NEW.id, NEW.payload, NEW.key, NEW.dedupe, NEW.priority, NEW.run_at,
              NEW.max_attempts, NEW.created_at, NEW.token;
        -- Not RETURNING: a role that only enqueues need not read.
        GET DIAGNOSTICS placed = ROW_COUNT;
        EXIT WHEN placed = 1 OR NEW.key IS NULL;
        -- Another item of this key has the dedupe key, under an id of its own. To walk the part
        -- would be to conflict, at SERIALIZABLE, with all that happens in it.
        walks := current_setting('enable_seqscan');
        PERFORM set_config('enable_seqscan', 'off', true);
        EXECUTE format('SELECT id FROM leasehold.%I WHERE part = $1 AND key = $2 AND dedupe = $3',
                       leaf)
        INTO pending
        USING NEW.part, NEW.key, NEW.dedupe;
        PERFORM set_config('enable_seqscan', walks, true);
        EXIT WHEN pending IS NOT NULL;
        -- It ended meanwhile; or the id was taken, by a sequence that a restore set back.
        NEW.id := leasehold.keyed_id(NEW.key);
    END LOOP;
    NEW.id := coalesce(pending, NEW.id);
    RETURN NEW;
END
$$;

-- Enqueues one item and answers its id. NULL means "the default": a random id, now, priority 0
-- (smaller runs first), the queue's own attempt limit. With a dedupe key that a pending item of the
-- queue has (in a keyed queue: of the same key) nothing is enqueued, and that item's id answered.
CREATE FUNCTION leasehold.enqueue(
    queue        text,
    payload      jsonb,
    id           uuid        DEFAULT NULL,
    run_at       timestamptz DEFAULT NULL,
    priority     int         DEFAULT NULL,
    key          text        DEFAULT NULL,
    max_attempts int         DEFAULT NULL,
    dedupe       text        DEFAULT NULL
) RETURNS uuid
LANGUAGE plpgsql AS $$
DECLARE
    placed uuid;
BEGIN
    IF to_regclass(format('leasehold.%I', 'queue_' || queue)) IS NULL THEN
        RAISE EXCEPTION 'leasehold: there is no queue "%"', queue
            USING ERRCODE = 'undefined_table',
                  HINT = 'Create it: leasehold queue create NAME';
    END IF;
    EXECUTE format('INSERT INTO leasehold.%I (id, payload, key, dedupe, priority, run_at, '
                   'max_attempts) VALUES ($1, $2, $3, $4, $5, $6, $7) RETURNING id',
                   'queue_' || queue)
    INTO placed USING id, payload, key, dedupe, priority, run_at, max_attempts;
    RETURN placed;
END
$$;
