-- 0005 notices: a new item wakes the worker that holds its part.
-- breaking: no. Locks: none that matter.

-- Says to whoever listens on leasehold_<queue> that items came: "items 3" (in part 3), "items *"
-- (null: in several), "items 3 *" (there, and rings are about to be left out).
--
-- Never one notice for each item: a transaction rings once, and twice when its items lie in several
-- parts; a queue rings burst times at once, and every gap milliseconds in the long run. The
-- sequence ring_<queue> keeps count: the time, in milliseconds, up to which rings are paid for. No
-- row is read or written and no lock taken, but for NOTIFY's own at COMMIT, which all notifying
-- transactions of the server take: that is what the gap is for.
--
-- A hint, and a lossy one. Two who ring at once may both pass, or one of their two gaps be
-- forgotten. The count stands when the transaction is rolled back, and its notice comes only when
-- it commits, however late: others left their rings out meanwhile. So "*" tells everybody to look
-- again after the gap, and polling finds whatever no notice told of.
--
-- Does nothing for no queue, and while the setting leasehold.rings is off: a transaction that has
-- notified cannot be prepared for two-phase commit. Runs as the owner of the schema, who may write
-- the sequence.
CREATE FUNCTION leasehold.ring(queue text, part int) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    gap   constant int8 := 10;
    burst constant int8 := 5;
    mark  constant text := 'leasehold.rang_' || queue;  -- until the end of the transaction
    rang  constant text := coalesce(current_setting(mark, true), '');
    says  text := coalesce(part::text, '*');
    bell  regclass;
    clock int8;
    paid  int8;
BEGIN
    IF queue IS NULL OR rang = '*' OR rang = says
       OR current_setting('leasehold.rings', true) = 'off' THEN
        RETURN;
    END IF;
    IF rang <> '' THEN
        says := '*';
    ELSE
        bell := to_regclass(format('leasehold.%I', 'ring_' || queue));
        IF bell IS NULL THEN
            RETURN;
        END IF;
        clock := extract(epoch FROM clock_timestamp()) * 1000;
        paid := coalesce(pg_sequence_last_value(bell), 0);
        IF paid < clock OR paid > clock + burst * gap THEN  -- or the clock was set back
            paid := clock;
        END IF;
        IF paid > clock + (burst - 1) * gap THEN
            RETURN;
        END IF;
        PERFORM setval(bell, paid + gap);
        IF paid > clock + (burst - 2) * gap AND says <> '*' THEN
            says := says || ' *';  -- the next to come now is left out
        END IF;
    END IF;
    PERFORM set_config(mark, CASE WHEN says = '*' THEN says ELSE part::text END, true);
    PERFORM pg_notify('leasehold_' || queue, 'items ' || says);
END
$$;

-- As ring(), for a batch of items: for those that are due at $3[i] (null: now).
CREATE FUNCTION leasehold.ring(queue text, parts int[], run_ats timestamptz[]) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
    first_part int;
    last_part  int;
BEGIN
    SELECT min(n.part), max(n.part) INTO first_part, last_part
      FROM unnest(parts, run_ats) AS n (part, run_at)
     WHERE n.run_at IS NULL OR n.run_at <= now();
    IF first_part IS NOT NULL THEN
        PERFORM leasehold.ring(queue, CASE WHEN first_part = last_part THEN first_part END);
    END IF;
END
$$;

DO $$
DECLARE
    queue text;
BEGIN
    FOR queue IN SELECT name FROM leasehold.queues LOOP
        EXECUTE format('CREATE SEQUENCE leasehold.%I AS int8 MINVALUE 0', 'ring_' || queue);
    END LOOP;
END
$$;

-- As in 0002, in another language: a check of each item asks for it, and whenever a statement that
-- writes an item began, the server read and analysed the body of a function in SQL, to see whether
-- it could put it in the function's place. It never could, and that took longer than all else about
-- the item.
CREATE OR REPLACE FUNCTION leasehold.key_lane(key text) RETURNS text
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $$
DECLARE
    hash constant text := encode(sha256(convert_to(key, 'UTF8')), 'hex');
BEGIN
    RETURN substr(hash, 1, 8) || '-' || substr(hash, 9, 4) || '-8' || substr(hash, 13, 3);
END
$$;

-- As in 0002; new is that an item that is due rings.
CREATE OR REPLACE FUNCTION leasehold.place_item() RETURNS trigger
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
    IF pending IS NULL AND placed = 1 AND NEW.run_at <= clock_timestamp() THEN
        PERFORM leasehold.ring(queue, NEW.part);
    END IF;
    RETURN NEW;
END
$$;
