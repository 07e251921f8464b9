-- 0002 enqueue: SQL is the API too: one statement in the caller's own transaction.
-- breaking: no. Locks: none.

-- The part of an id: floor(its first 32 bits * part_count / 2^32). coordinator/parts/keyspace.hpp
-- computes the same; the sql tests compare the two at every bound.
CREATE FUNCTION leasehold.part_of(id uuid, part_count int) RETURNS int
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $$
    SELECT (((('x' || substr(id::text, 1, 8))::bit(32)::int8) * part_count) >> 32)::int
$$;

-- Row trigger of each queue's view: gives an inserted row its id, its part and its defaults, and
-- puts it straight into the part's own table. The part count and the attempt limit are arguments
-- of the trigger, so that an enqueue reads no row that anybody ever writes.
CREATE FUNCTION leasehold.place_item() RETURNS trigger
LANGUAGE plpgsql AS $$
DECLARE
    queue       constant text := TG_ARGV[0];
    part_count  constant int  := TG_ARGV[1]::int;
    payload_max constant int  := 1048576;  -- bytes; the same limit as leasehold enqueue's
BEGIN
    NEW.id := coalesce(NEW.id, gen_random_uuid());
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
    NEW.token        := 0;
    NEW.last_error   := NULL;
    EXECUTE format('INSERT INTO leasehold.%I (part, id, payload, key, priority, run_at, '
                   'max_attempts, created_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)',
                   'items_' || queue || '_' || NEW.part)
    USING NEW.part, NEW.id, NEW.payload, NEW.key, NEW.priority, NEW.run_at,
          NEW.max_attempts, NEW.created_at;
    RETURN NEW;
END
$$;

-- Enqueues one item and answers its id. NULL means "the default": a random id, now, priority 0
-- (smaller runs first), the queue's own attempt limit.
CREATE FUNCTION leasehold.enqueue(
    queue        text,
    payload      jsonb,
    id           uuid        DEFAULT NULL,
    run_at       timestamptz DEFAULT NULL,
    priority     int         DEFAULT NULL,
    key          text        DEFAULT NULL,
    max_attempts int         DEFAULT NULL
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
    EXECUTE format('INSERT INTO leasehold.%I (id, payload, key, priority, run_at, max_attempts) '
                   'VALUES ($1, $2, $3, $4, $5, $6) RETURNING id', 'queue_' || queue)
    INTO placed USING id, payload, key, priority, run_at, max_attempts;
    RETURN placed;
END
$$;
