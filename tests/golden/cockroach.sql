-- audit_close
CLOSE audit_of_items

-- audit_coverage
WITH said AS (
    SELECT part,
           min(at) FILTER (WHERE what = 'switched_on') AS on_at,
           count(*) FILTER (WHERE what = 'switched_on') AS switched_on,
           count(*) FILTER (WHERE what = 'switched_off') AS switched_off
      FROM leasehold.item_audit
     WHERE queue = $1 AND item IS NULL
     GROUP BY part
), trigger_on AS (
    SELECT tgrelid, count(*) AS firing
      FROM pg_catalog.pg_trigger
     WHERE tgenabled IN ('O', 'A')
       AND (tgname IN ('audit_item', 'audit_claim')
            OR tgrelid = 'leasehold.dead_items'::regclass
               AND tgname IN ('note_burial_' || $1, 'audit_' || $1))
     GROUP BY tgrelid
)
SELECT p.part, (extract(epoch FROM s.on_at) * 1000000)::int8 AS on_at_us,
       coalesce(s.switched_on, 0) AS switched_on, coalesce(s.switched_off, 0) AS switched_off,
       coalesce(t.firing, 0) + coalesce(d.firing, 0) AS firing
  FROM leasehold.parts AS p
  LEFT JOIN said AS s ON s.part = p.part
  LEFT JOIN trigger_on AS t
    ON t.tgrelid = to_regclass(format('leasehold.items_%s_%s', p.queue, p.part))
  LEFT JOIN trigger_on AS d ON d.tgrelid = 'leasehold.dead_items'::regclass
 WHERE p.queue = $1
 ORDER BY p.part

-- audit_exists
SELECT to_regclass('leasehold.item_audit_' || $1) IS NOT NULL AS there

-- audit_fetch
FETCH FORWARD 10000 FROM audit_of_items

-- audit_has_rows
SELECT EXISTS (SELECT FROM leasehold.item_audit WHERE queue = $1) AS has

-- audit_open
DECLARE audit_of_items NO SCROLL CURSOR FOR
SELECT item, part, seq, what, session, token, attempt,
       (extract(epoch FROM at) * 1000000)::int8 AS at_us
  FROM (SELECT item, part, seq, what, session, token, attempt, at
          FROM leasehold.item_audit
         WHERE queue = $1 AND item IS NOT NULL
        UNION ALL
        SELECT id, part, 9223372036854775807, 'present', claim, token, attempt, now()
          FROM {items}
        UNION ALL
        SELECT id, part, 9223372036854775807, 'dead', NULL, token, attempt, died_at
          FROM leasehold.dead_items
         WHERE queue = $1) AS known
 ORDER BY item, seq

-- audit_part_state
SELECT count(*) AS there, count(*) FILTER (WHERE tgenabled IN ('O', 'A')) AS firing
  FROM pg_catalog.pg_trigger
 WHERE tgrelid = '{items}'::regclass AND tgname IN ('audit_item', 'audit_claim')

-- commits_forget
WITH gone AS (
    DELETE FROM leasehold.commits
     WHERE at >= $2::timestamptz AND at < now() - INTERVAL '2 days'
     ORDER BY at LIMIT $1::int8
    RETURNING at
)
SELECT count(*) AS gone, max(at)::text AS last FROM gone

-- connection_ended
WITH ended AS (
    DELETE FROM leasehold.guards WHERE id = $1::int8 RETURNING id
)
SELECT true AS ended, count(*) AS told FROM ended

-- dead_count
SELECT count(*) FROM leasehold.dead_items WHERE queue = $1

-- dead_delete
DELETE FROM leasehold.dead_items AS d
 WHERE d.queue = $1
   AND (d.queue, d.id, d.died_at) IN (
    SELECT d.queue, d.id, d.died_at
      FROM leasehold.dead_items AS d
     WHERE d.queue = $1
       AND ($2::uuid[] IS NULL OR d.id = ANY ($2::uuid[]))
       AND ($3::text IS NULL OR d.reason = $3)
       AND ($4::text IS NULL OR position($4 IN d.last_error) > 0)
       AND ($5::text IS NULL OR d.key = $5)
       AND ($6::timestamptz IS NULL OR d.died_at >= $6)
       AND ($7::timestamptz IS NULL OR d.died_at < $7)
     ORDER BY d.died_at, d.id
     LIMIT $8::int8)
RETURNING d.id

-- dead_list
SELECT d.id, d.died_at, d.reason, d.attempt, d.max_attempts, d.key, d.dedupe, d.priority, d.part,
       d.created_at, d.token, d.last_error, d.errors, d.progress, d.note, d.payload
  FROM leasehold.dead_items AS d
 WHERE d.queue = $1
   AND ($2::uuid[] IS NULL OR d.id = ANY ($2::uuid[]))
   AND ($3::text IS NULL OR d.reason = $3)
   AND ($4::text IS NULL OR position($4 IN d.last_error) > 0)
   AND ($5::text IS NULL OR d.key = $5)
   AND ($6::timestamptz IS NULL OR d.died_at >= $6)
   AND ($7::timestamptz IS NULL OR d.died_at < $7)
 ORDER BY d.died_at DESC, d.id
 LIMIT $8::int8

-- dead_redrive
WITH chosen AS MATERIALIZED (
    SELECT d.*
      FROM leasehold.dead_items AS d
     WHERE d.queue = $1
       AND ($2::uuid[] IS NULL OR d.id = ANY ($2::uuid[]))
       AND ($3::text IS NULL OR d.reason = $3)
       AND ($4::text IS NULL OR position($4 IN d.last_error) > 0)
       AND ($5::text IS NULL OR d.key = $5)
       AND ($6::timestamptz IS NULL OR d.died_at >= $6)
       AND ($7::timestamptz IS NULL OR d.died_at < $7)
       AND (d.died_at, d.id) > ($9::timestamptz, $10::uuid)
       AND d.died_at = (SELECT max(l.died_at)
                          FROM leasehold.dead_items AS l
                         WHERE l.queue = d.queue AND l.id = d.id)
     ORDER BY d.died_at, d.id
     LIMIT $8::int8
), back AS (
    INSERT INTO {items} (id, payload, key, dedupe, priority, max_attempts, created_at, token,
                         last_error, errors)
    SELECT id, payload, key, dedupe, priority, max_attempts, created_at,
           greatest(token, nextval('leasehold.item_order') << 20), last_error, errors
      FROM chosen
    ON CONFLICT DO NOTHING
    RETURNING id
), gone AS (
    DELETE FROM leasehold.dead_items AS d
     WHERE d.queue = $1
       AND (d.id, d.died_at) IN (SELECT c.id, c.died_at
                                   FROM chosen AS c
                                   JOIN back AS b ON b.id = c.id)
    RETURNING id
)
SELECT c.id, c.died_at, b.id IS NOT NULL AS back
  FROM chosen AS c
  LEFT JOIN back AS b ON b.id = c.id
 ORDER BY c.died_at, c.id

-- generation_raise
UPDATE leasehold.queues AS q
   SET generation = q.generation + 1,
       unplanned_since = coalesce(q.unplanned_since, clock_timestamp()),
       plan_at = CASE WHEN q.planned_seats = 0 OR q.plan_at <= clock_timestamp()
                      THEN least(q.plan_at, clock_timestamp())
                      ELSE clock_timestamp() END
 WHERE q.name = $1::text

-- help_ask
INSERT INTO leasehold.help_wanted AS w (queue, part)
SELECT $1, part FROM unnest($2::int[]) AS wanted (part) ORDER BY part
ON CONFLICT (queue, part) DO UPDATE
   SET since = CASE WHEN w.asked_at > clock_timestamp() - interval '2 seconds'
                    THEN w.since ELSE EXCLUDED.since END,
       asked_at = EXCLUDED.asked_at

-- help_due
(SELECT {part} AS part, round(extract(epoch FROM now() - c.run_at) * 1000000)::int8 AS waited_us
   FROM {items} AS c
  WHERE c.part = {part} AND c.claim IS NULL AND c.run_at <= now()
  ORDER BY c.priority, c.run_at, c.id LIMIT 1)

-- help_end
WITH ended AS (
    DELETE FROM leasehold.session_parts
     WHERE id = $2::uuid AND part = ANY ($3::int[]) AND role = 'helper'
    RETURNING part, epoch
), logged AS (
    INSERT INTO leasehold.ownership_log (queue, part, epoch, from_session, reason, role)
    SELECT $1, part, epoch, $2::uuid, 'help', 'helper' FROM ended
    RETURNING part
)
SELECT part FROM ended ORDER BY part

-- help_list
SELECT w.part
  FROM leasehold.help_wanted AS w
 WHERE w.queue = $1 AND w.asked_at > clock_timestamp() - interval '2 seconds'
   AND NOT EXISTS (SELECT 1
                     FROM leasehold.session_parts AS h
                    WHERE h.id = $2::uuid AND h.part = w.part)
   AND (SELECT count(*)
          FROM leasehold.session_parts AS h
         WHERE h.queue = $1 AND h.part = w.part AND h.role = 'helper') < $3::int
 ORDER BY w.since, w.part
 LIMIT 64

-- help_take
WITH taken AS (
    INSERT INTO leasehold.session_parts (id, queue, part, epoch, role)
    SELECT s.id, s.queue, p.part, p.epoch, 'helper'
      FROM leasehold.sessions AS s
      JOIN leasehold.parts AS p ON p.queue = s.queue
     WHERE s.id = $2::uuid AND s.queue = $1 AND p.queue = $1 AND p.part = $3::int
       -- Nobody is to have any part of a queue that is about to grow.
       AND p.planned_for IS NOT NULL AND NOT p.by_lease
       AND s.state = 'live' AND NOT s.cordoned AND s.expires_at > clock_timestamp()
       AND NOT EXISTS (SELECT 1
                         FROM leasehold.session_parts AS h
                        WHERE h.id = $2::uuid AND h.part = $3::int)
       AND (SELECT count(*)
              FROM leasehold.session_parts AS h
             WHERE h.queue = $1 AND h.part = $3::int AND h.role = 'helper') < $4::int
    RETURNING part, epoch
), logged AS (
    INSERT INTO leasehold.ownership_log (queue, part, epoch, to_session, reason, role)
    SELECT $1, part, epoch, $2::uuid, 'help', 'helper' FROM taken
    RETURNING part
)
SELECT t.part, t.epoch, p.token_base
  FROM taken AS t
  JOIN leasehold.parts AS p ON p.queue = $1 AND p.part = t.part

-- help_tell
SELECT $1::text AS queue

-- help_withdraw
DELETE FROM leasehold.help_wanted WHERE queue = $1 AND part = ANY ($2::int[])

-- growth_alone
SELECT pg_try_advisory_lock(hashtextextended('leasehold growth ' || $1::text, 0)) AS alone

-- growth_given_up
UPDATE leasehold.queues SET state = 'ready'
 WHERE name = $1 AND state = 'growing'
   AND pg_try_advisory_xact_lock(hashtextextended('leasehold growth ' || $1::text, 0))

-- growth_held
SELECT (SELECT count(*) FROM leasehold.session_parts WHERE queue = $1) AS leases,
       (SELECT count(DISTINCT id) FROM leasehold.session_parts WHERE queue = $1) AS sessions,
       (SELECT count(*) FROM leasehold.parts WHERE queue = $1 AND planned_for IS NOT NULL)
           AS planned

-- growth_leftovers
SELECT c.relname AS name
  FROM pg_catalog.pg_inherits AS i
  JOIN pg_catalog.pg_class AS c ON c.oid = i.inhrelid
 WHERE i.inhparent = to_regclass('leasehold.' || $1::text)
 ORDER BY c.oid

-- growth_move
INSERT INTO leasehold.grown_{queue}
       (part, id, payload, key, dedupe, priority, run_at, attempt, max_attempts, created_at, claim,
        token, last_error, errors, progress, note, cancel_asked_at)
SELECT leasehold.part_of(id, $1::int), id, payload, key, dedupe, priority, run_at, attempt,
       max_attempts, created_at, claim, token, last_error, errors, progress, note, cancel_asked_at
  FROM {items}

-- growth_not_alone
SELECT pg_advisory_unlock(hashtextextended('leasehold growth ' || $1::text, 0)) AS was_alone

-- growth_parts
WITH before AS (
    SELECT q.part_count, max(p.epoch) AS epoch
      FROM leasehold.queues AS q
      JOIN leasehold.parts AS p ON p.queue = q.name
     WHERE q.name = $1
     GROUP BY q.part_count
), parts AS (
    INSERT INTO leasehold.parts (queue, part, epoch, load, doubt_before, token_base)
    SELECT $1, n.part, b.epoch, p.load * b.part_count / $2::int, p.doubt_before, p.token_base
      FROM before AS b
     CROSS JOIN generate_series(0, $2::int - 1) AS n (part)
      JOIN leasehold.parts AS p ON p.queue = $1 AND p.part = n.part * b.part_count / $2::int
        ON CONFLICT (queue, part) DO UPDATE
       SET epoch = excluded.epoch, load = excluded.load, planned_for = NULL, why = 'plan',
           by_lease = false, doubt_before = excluded.doubt_before, token_base = excluded.token_base
), dead AS (
    UPDATE leasehold.dead_items SET part = leasehold.part_of(id, $2::int) WHERE queue = $1
), vacant AS (
    DELETE FROM leasehold.vacant_seats WHERE queue = $1
), wanted AS (
    DELETE FROM leasehold.help_wanted WHERE queue = $1
)
UPDATE leasehold.queues SET part_count = $2::int, state = 'ready' WHERE name = $1

-- growth_set
UPDATE leasehold.queues SET state = $2, grows_to = $3::int WHERE name = $1

-- growth_state
SELECT state, part_count, grows_to FROM leasehold.queues WHERE name = $1 FOR UPDATE

-- growth_taken_name
SELECT format('items_%s_%s', $1::text, p.part) AS name
  FROM generate_series($2::int, $3::int - 1) AS p (part)
 WHERE to_regclass(format('leasehold.items_%s_%s', $1::text, p.part)) IS NOT NULL
 LIMIT 1

-- guard_stands
SELECT 1 / count(*) AS stands FROM leasehold.guards WHERE id = $1::int8

-- guard_take
INSERT INTO leasehold.guards (id) VALUES ($1::int8) RETURNING true AS taken

-- guards_forget
WITH gone AS (
    DELETE FROM leasehold.guards
     WHERE taken_at >= $2::timestamptz AND taken_at < now() - INTERVAL '30 days'
     ORDER BY taken_at LIMIT $1::int8
    RETURNING taken_at
)
SELECT count(*) AS gone, max(taken_at)::text AS last FROM gone

-- item_any_open
SELECT EXISTS (SELECT 1 FROM {items} WHERE claim IS NOT NULL)
    OR EXISTS (SELECT 1 FROM {items} WHERE claim IS NULL AND run_at <= now()) AS open

-- item_backlog
SELECT {part} AS part, count(*) AS backlog
  FROM (SELECT 1 AS one
          FROM {items} AS c
         WHERE c.part = {part} AND c.claim IS NULL AND c.run_at <= now()
         LIMIT $1::int8) AS waiting

-- item_bury
WITH gone AS (
    DELETE FROM {items} AS i
     WHERE i.part = $2::int8 AND i.id = ANY ($3::uuid[]) AND i.claim = $1::uuid
       AND i.token = $4::int8
    RETURNING i.*, array_position($3::uuid[], i.id) AS place
), buried AS (
    INSERT INTO leasehold.dead_items (queue, id, part, payload, key, dedupe, priority, attempt,
                                      max_attempts, created_at, token, reason, last_error, errors,
                                      progress, note)
    SELECT $7::text, id, part, payload, key, dedupe, priority, attempt, max_attempts,
           created_at, token,
           ($6::text[])[place], coalesce(($5::text[])[place], last_error),
           CASE WHEN ($5::text[])[place] IS NULL THEN errors
                ELSE (CASE WHEN jsonb_array_length(errors) >= 10 THEN errors - 0
                           ELSE coalesce(errors, '[]'::jsonb) END)
                     || jsonb_build_object('attempt', attempt, 'at', clock_timestamp(),
                                           'error', left(($5::text[])[place], 1000)) END,
           progress, note
      FROM gone
    RETURNING id
)
SELECT id FROM gone

-- item_bury_by_lease
WITH held AS (
    SELECT id
      FROM leasehold.session_parts
     WHERE id = $1::uuid AND part = $2::int8 AND epoch = $5::int8 AND role = 'owner'
), gone AS (
    DELETE FROM {items} AS i
     WHERE EXISTS (SELECT 1 FROM held)
       AND i.part = $2::int8 AND i.id = ANY ($3::uuid[])
       AND CASE WHEN i.claim IS NULL THEN i.token = $4::int8
                ELSE i.claim = $1::uuid AND i.token = greatest($4::int8, $6::int8) + 1 END
    RETURNING i.*, i.attempt + CASE WHEN i.claim IS NULL THEN 1 ELSE 0 END AS attempts,
              array_position($3::uuid[], i.id) AS place
), buried AS (
    INSERT INTO leasehold.dead_items (queue, id, part, payload, key, dedupe, priority, attempt,
                                      max_attempts, created_at, token, reason, last_error, errors,
                                      progress, note)
    SELECT $9::text, id, part, payload, key, dedupe, priority, attempts, max_attempts, created_at,
           greatest($4::int8, $6::int8) + 1, ($8::text[])[place],
           coalesce(($7::text[])[place], last_error),
           CASE WHEN ($7::text[])[place] IS NULL THEN errors
                ELSE (CASE WHEN jsonb_array_length(errors) >= 10 THEN errors - 0
                           ELSE coalesce(errors, '[]'::jsonb) END)
                     || jsonb_build_object('attempt', attempts, 'at', clock_timestamp(),
                                           'error', left(($7::text[])[place], 1000)) END,
           progress, note
      FROM gone
    RETURNING id
)
SELECT CASE WHEN (SELECT count(*) FROM gone) < array_length($3::uuid[], 1)
            THEN ARRAY(SELECT id FROM gone) END AS ended

-- item_bury_spent
WITH gone AS (
    DELETE FROM {items} AS i
     WHERE i.part = $2::int8 AND i.claim = $1::uuid
       AND i.id IN (SELECT c.id
                      FROM {items} AS c
                     WHERE c.part = $2::int8 AND c.claim = $1::uuid
                       AND c.attempt >= c.max_attempts
                     LIMIT $5::int8)
    RETURNING i.*
), buried AS (
    INSERT INTO leasehold.dead_items (queue, id, part, payload, key, dedupe, priority, attempt,
                                      max_attempts, created_at, token, reason, last_error, errors,
                                      progress, note)
    SELECT $3::text, id, part, payload, key, dedupe, priority, attempt, max_attempts,
           created_at, token,
           'spent', $4::text,
           CASE WHEN $4::text IS NULL THEN errors
                ELSE (CASE WHEN jsonb_array_length(errors) >= 10 THEN errors - 0
                           ELSE coalesce(errors, '[]'::jsonb) END)
                     || jsonb_build_object('attempt', attempt, 'at', clock_timestamp(),
                                           'error', left($4::text, 1000)) END,
           progress, note
      FROM gone
    RETURNING id
)
SELECT id FROM gone

-- item_cancel_asked
SELECT i.id, i.token, i.claim AS session
  FROM {items} AS i
 WHERE i.part = {part} AND i.id = ANY ($1::uuid[])
   AND i.claim IS NOT NULL AND i.cancel_asked_at IS NOT NULL

-- item_cancel_claimed
UPDATE {items} AS i
   SET cancel_asked_at = coalesce(i.cancel_asked_at, clock_timestamp())
 WHERE i.id = $1::uuid
RETURNING i.id

-- item_cancel_ready
WITH gone AS (
    DELETE FROM {items} AS i
     WHERE i.id = $1::uuid AND i.claim IS NULL
    RETURNING i.*
), buried AS (
    INSERT INTO leasehold.dead_items (queue, id, part, payload, key, dedupe, priority, attempt,
                                      max_attempts, created_at, token, reason, last_error, errors,
                                      progress, note)
    SELECT $2::text, id, part, payload, key, dedupe, priority, attempt, max_attempts,
           created_at, token,
           'cancelled', $3::text,
           CASE WHEN $3::text IS NULL THEN errors
                ELSE (CASE WHEN jsonb_array_length(errors) >= 10 THEN errors - 0
                           ELSE coalesce(errors, '[]'::jsonb) END)
                     || jsonb_build_object('attempt', attempt, 'at', clock_timestamp(),
                                           'error', left($3::text, 1000)) END,
           progress, note
      FROM gone
    RETURNING id
)
SELECT id FROM gone

-- item_claim
UPDATE {items}
   SET claim = $1::uuid, claim_part = part, token = greatest(token, $7::int8) + 1,
       attempt = attempt + 1
 WHERE part = $2::int8 AND claim IS NULL AND run_at <= now()
   AND (priority, run_at, id) >
       ($4::int8, timestamptz 'epoch' + $5::int8 * interval '1 microsecond', $6::uuid)
 ORDER BY priority, run_at, id LIMIT $3::int8
RETURNING id, payload, key, priority, attempt, max_attempts, token,
          round(extract(epoch FROM run_at) * 1000000)::int8 AS run_at_us,
          cancel_asked_at IS NOT NULL AS cancel_asked

-- item_claim_by_lease
SELECT i.id, i.payload, i.key, i.priority, i.attempt, i.max_attempts, i.token,
       round(extract(epoch FROM i.run_at) * 1000000)::int8 AS run_at_us,
       i.cancel_asked_at IS NOT NULL AS cancel_asked
  FROM {items} AS i
 WHERE i.part = $2::int8 AND i.claim IS NULL AND i.run_at <= now()
   AND (i.priority, i.run_at, i.id) >
       ($4::int8, timestamptz 'epoch' + $5::int8 * interval '1 microsecond', $6::uuid)
   AND EXISTS (SELECT 1 FROM leasehold.session_parts
                WHERE id = $1::uuid AND part = $2::int8 AND epoch = $7::int8 AND role = 'owner')
 ORDER BY i.priority, i.run_at, i.id LIMIT $3::int8

-- item_claim_keyed
WITH RECURSIVE head AS (
    (SELECT c.id, c.key, 1 AS place
       FROM {items} AS c
      WHERE c.part = $2::int AND c.id >= $4::uuid
      ORDER BY c.id LIMIT 1)
    UNION ALL
    SELECT n.id, n.key, h.place + 1
      FROM head AS h
     CROSS JOIN LATERAL (
           SELECT c.id, c.key
             FROM {items} AS c
            WHERE c.part = $2::int
              AND c.id > CASE WHEN h.key IS NULL THEN h.id
                              ELSE (substr(h.id::text, 1, 18) || '-ffff-ffffffffffff')::uuid END
            ORDER BY c.id LIMIT 1) AS n
     WHERE h.place < $5::int
), free AS (
    SELECT c.id
      FROM head AS h
      JOIN {items} AS c ON c.part = $2::int AND c.id = h.id
     WHERE c.claim IS NULL AND c.run_at <= now()
       AND (h.key IS NULL OR NOT EXISTS (
            SELECT 1 FROM {items} AS o
             WHERE o.part = $2::int AND o.key = h.key AND o.claim IS NOT NULL))
     ORDER BY c.priority, c.run_at LIMIT $3::int
), taken AS (
    UPDATE {items} AS i
       SET claim = $1::uuid, claim_part = i.part, token = i.token + 1,
           attempt = i.attempt + 1
     WHERE i.part = $2::int AND i.id IN (SELECT id FROM free)
    RETURNING i.id, i.payload, i.key, i.priority, i.attempt, i.max_attempts, i.token,
              round(extract(epoch FROM i.run_at) * 1000000)::int8 AS run_at_us,
              i.cancel_asked_at IS NOT NULL AS cancel_asked
)
SELECT id, payload, key, priority, attempt, max_attempts, token, run_at_us, cancel_asked,
       NULL::uuid AS walked_to
  FROM taken
UNION ALL
SELECT NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL,
       (SELECT CASE WHEN h.key IS NULL THEN h.id
                    ELSE (substr(h.id::text, 1, 18) || '-ffff-ffffffffffff')::uuid END
          FROM head AS h WHERE h.place = $5::int)

-- item_claims_by_session
SELECT claim AS id, count(*) AS claimed FROM {items} WHERE claim IS NOT NULL GROUP BY claim

-- item_complete
DELETE FROM {items} AS i
 WHERE i.part = $2::int AND i.id = ANY ($3::uuid[]) AND i.claim IS NOT DISTINCT FROM $1::uuid
   AND i.token = $4::int8
RETURNING i.id

-- item_complete_by_lease
WITH held AS (
    SELECT id
      FROM leasehold.session_parts
     WHERE id = $1::uuid AND part = $2::int8 AND epoch = $5::int8 AND role = 'owner'
), gone AS (
    DELETE FROM {items} AS i
     WHERE EXISTS (SELECT 1 FROM held)
       AND i.part = $2::int8 AND i.id = ANY ($3::uuid[])
       AND CASE WHEN i.claim IS NULL THEN i.token = $4::int8
                ELSE i.claim = $1::uuid AND i.token = greatest($4::int8, $6::int8) + 1 END
    RETURNING i.id
)
SELECT CASE WHEN (SELECT count(*) FROM gone) < array_length($3::uuid[], 1)
            THEN ARRAY(SELECT id FROM gone) END AS ended

-- item_copy_ground
WITH held AS (
    INSERT INTO {items} (part, id, payload) SELECT 0, NULL, NULL WHERE false
)
SELECT {items}_part('ffffffff-ffff-ffff-ffff-ffffffffffff') + 1 AS parts,
       CASE WHEN $4::bool THEN leasehold.first_token() ELSE 0 END AS token
  FROM leasehold.ring($1::text,
                      ARRAY(SELECT {items}_part(u.id) FROM unnest($2::uuid[]) AS u (id)),
                      $3::timestamptz[])

-- item_counts
SELECT part,
       count(*) FILTER (WHERE claim IS NULL AND run_at <= now()) AS ready,
       count(*) FILTER (WHERE claim IS NULL AND run_at > now()) AS scheduled,
       count(*) FILTER (WHERE claim IS NOT NULL) AS claimed,
       round(extract(epoch FROM now() - min(run_at)
                                        FILTER (WHERE claim IS NULL AND run_at <= now()))
             * 1000)::int8 AS oldest_ready_age_ms
  FROM {items}
 GROUP BY part

-- item_due
(SELECT {part} AS part, c.priority,
        round(extract(epoch FROM c.run_at) * 1000000)::int8 AS run_at_us, c.id
   FROM {items} AS c
  WHERE c.part = {part} AND c.claim IS NULL AND c.run_at <= now()
    AND (c.priority, c.run_at, c.id) >
        (($1::int8[])[{place}],
         timestamptz 'epoch' + ($2::int8[])[{place}] * interval '1 microsecond',
         ($3::uuid[])[{place}])
  ORDER BY c.priority, c.run_at, c.id LIMIT 1)

-- item_exists
SELECT id FROM {items} WHERE id = $1::uuid

-- item_first
(SELECT {part} AS part, c.priority, c.run_at, c.id
   FROM {items} AS c
  WHERE c.part = {part} AND c.claim IS NULL
  ORDER BY c.priority, c.run_at, c.id LIMIT 1)

-- item_firsts
SELECT head.part, head.priority,
       round(extract(epoch FROM head.run_at) * 1000000)::int8 AS run_at_us, head.id,
       head.run_at <= now() AS due
  FROM (
{each}
) AS head

-- item_free
UPDATE {items} AS i
   SET claim = NULL, claim_part = NULL, last_error = $4::text,
       errors = CASE WHEN $4::text IS NULL THEN i.errors
                     ELSE (CASE WHEN jsonb_array_length(i.errors) >= 10 THEN i.errors - 0
                                ELSE coalesce(i.errors, '[]'::jsonb) END)
                          || jsonb_build_object('attempt', i.attempt, 'at', clock_timestamp(),
                                                'error', left($4::text, 1000)) END
 WHERE i.part = $2::int8 AND i.claim = $1::uuid
   AND i.id IN (SELECT c.id
                  FROM {items} AS c
                 WHERE c.part = $2::int8 AND c.claim = $1::uuid
                 LIMIT $3::int8)
RETURNING i.id

-- item_go_on_by_lease
SELECT i.id, i.payload, i.key, i.priority, i.attempt, i.max_attempts, i.token,
       round(extract(epoch FROM i.run_at) * 1000000)::int8 AS run_at_us,
       i.cancel_asked_at IS NOT NULL AS cancel_asked
  FROM {items} AS i
 WHERE i.part = $2::int8 AND i.claim IS NULL AND i.run_at <= now()
   AND (i.priority, i.run_at, i.id) >
       ($4::int8, timestamptz 'epoch' + $5::int8 * interval '1 microsecond', $6::uuid)
   AND EXISTS (SELECT 1 FROM leasehold.session_parts
                WHERE id = $1::uuid AND part = $2::int8 AND epoch = $7::int8 AND role = 'owner')
 ORDER BY i.priority, i.run_at, i.id LIMIT $3::int8

-- item_hold_to_read
LOCK TABLE ONLY {items} IN ACCESS SHARE MODE

-- item_hold_to_write
LOCK TABLE ONLY {items} IN ROW EXCLUSIVE MODE

-- item_held
SELECT i.id, i.payload, i.key, i.priority, i.attempt, i.max_attempts, i.token,
       round(extract(epoch FROM i.run_at) * 1000000)::int8 AS run_at_us,
       i.cancel_asked_at IS NOT NULL AS cancel_asked
  FROM {items} AS i
 WHERE i.part = {part} AND i.claim = $1::uuid

-- item_help
UPDATE {items}
   SET claim = $1::uuid, claim_part = part, token = greatest(token, $4::int8) + 1,
       attempt = attempt + 1
 WHERE part = $2::int8 AND claim IS NULL AND run_at <= now()
 ORDER BY priority DESC, run_at DESC, id DESC LIMIT $3::int8
RETURNING id, payload, key, priority, attempt, max_attempts, token,
          round(extract(epoch FROM run_at) * 1000000)::int8 AS run_at_us,
          cancel_asked_at IS NOT NULL AS cancel_asked

-- item_help_keyed
WITH RECURSIVE head AS (
    (SELECT c.id, c.key, 1 AS place
       FROM {items} AS c
      WHERE c.part = $2::int AND c.id >= $4::uuid
      ORDER BY c.id LIMIT 1)
    UNION ALL
    SELECT n.id, n.key, h.place + 1
      FROM head AS h
     CROSS JOIN LATERAL (
           SELECT c.id, c.key
             FROM {items} AS c
            WHERE c.part = $2::int
              AND c.id > CASE WHEN h.key IS NULL THEN h.id
                              ELSE (substr(h.id::text, 1, 18) || '-ffff-ffffffffffff')::uuid END
            ORDER BY c.id LIMIT 1) AS n
     WHERE h.place < $5::int
), free AS (
    SELECT c.id
      FROM head AS h
      JOIN {items} AS c ON c.part = $2::int AND c.id = h.id
     WHERE c.claim IS NULL AND c.run_at <= now()
       AND (h.key IS NULL OR NOT EXISTS (
            SELECT 1 FROM {items} AS o
             WHERE o.part = $2::int AND o.key = h.key AND o.claim IS NOT NULL))
     ORDER BY c.priority, c.run_at DESC LIMIT $3::int
), taken AS (
    UPDATE {items} AS i
       SET claim = $1::uuid, claim_part = i.part, token = i.token + 1,
           attempt = i.attempt + 1
     WHERE i.part = $2::int AND i.id IN (SELECT id FROM free)
    RETURNING i.id, i.payload, i.key, i.priority, i.attempt, i.max_attempts, i.token,
              round(extract(epoch FROM i.run_at) * 1000000)::int8 AS run_at_us,
              i.cancel_asked_at IS NOT NULL AS cancel_asked
)
SELECT id, payload, key, priority, attempt, max_attempts, token, run_at_us, cancel_asked,
       NULL::uuid AS walked_to
  FROM taken
UNION ALL
SELECT NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL,
       (SELECT CASE WHEN h.key IS NULL THEN h.id
                    ELSE (substr(h.id::text, 1, 18) || '-ffff-ffffffffffff')::uuid END
          FROM head AS h WHERE h.place = $5::int)

-- item_ids
SELECT CASE WHEN h.key IS NOT NULL
            THEN (substr(h.of_key, 1, 8) || '-' || substr(h.of_key, 9, 4) || '-8'
                  || substr(h.of_key, 13, 3) || '-8' || substr(h.number, 1, 3) || '-'
                  || substr(h.number, 4))::uuid
            ELSE (substr(h.of_dedupe, 1, 8) || '-' || substr(h.of_dedupe, 9, 4) || '-8'
                  || substr(h.of_dedupe, 13, 3) || '-8' || substr(h.of_dedupe, 16, 3) || '-'
                  || substr(h.of_dedupe, 19, 12))::uuid END AS id
  FROM (SELECT n.place, n.key, sha256(n.key) AS of_key,
               sha256($1::text || '/' || n.dedupe) AS of_dedupe,
               CASE WHEN n.key IS NOT NULL
                    THEN lpad(to_hex(nextval('leasehold.item_order')), 15, '0') END AS number
          FROM unnest($2::text[], $3::text[]) WITH ORDINALITY AS n (key, dedupe, place)) AS h
 ORDER BY h.place

-- item_in_doubt
SELECT {part} AS part
  FROM (SELECT 1 AS one
          FROM {items} AS c
         CROSS JOIN (SELECT doubt_before
                       FROM leasehold.parts
                      WHERE queue = $1::text AND part = {part}) AS p
         WHERE c.part = {part} AND c.claim IS NULL
           AND c.run_at <= p.doubt_before AND c.created_at <= p.doubt_before
         LIMIT 1) AS found

-- item_insert
INSERT INTO {items} (id, payload, key, dedupe, priority, run_at, max_attempts, token)
SELECT n.id, n.payload::jsonb, n.key, n.dedupe, n.priority, coalesce(n.run_at, now()),
       coalesce(n.max_attempts, $8::int8),
       CASE WHEN n.recurs THEN nextval('leasehold.item_order') << 20 ELSE 0 END
  FROM unnest($1::uuid[], $2::text[], $3::text[], $4::text[], $5::int8[],
              $6::timestamptz[], $7::int8[], $9::bool[])
       AS n (id, payload, key, dedupe, priority, run_at, max_attempts, recurs)
 WHERE $10::text IS NOT NULL

-- item_insert_once
INSERT INTO {items} (id, payload, key, dedupe, priority, run_at, max_attempts, token)
SELECT n.id, n.payload::jsonb, n.key, n.dedupe, n.priority, coalesce(n.run_at, now()),
       coalesce(n.max_attempts, $8::int8), nextval('leasehold.item_order') << 20
  FROM unnest($1::uuid[], $2::text[], $3::text[], $4::text[], $5::int8[],
              $6::timestamptz[], $7::int8[], $9::bool[])
       AS n (id, payload, key, dedupe, priority, run_at, max_attempts, recurs)
 WHERE $10::text IS NOT NULL AND n.recurs IS NOT NULL
ON CONFLICT DO NOTHING
RETURNING id

-- item_insert_one
INSERT INTO {items} (id, payload, key, priority, run_at, max_attempts, token)
SELECT $1::uuid, $2::jsonb, $3::text, $4::int8, coalesce($5::timestamptz, now()), $6::int8, 0
 WHERE $7::text IS NOT NULL

-- item_pending
SELECT id
  FROM {items}
 WHERE part = ((('x' || substr($1::uuid::text, 1, 8))::bit(32)::int8) * {parts}) >> 32
   AND key = $2::text AND dedupe = $3::text

-- item_progress
UPDATE {items} AS i
   SET progress = coalesce($5::smallint, i.progress), note = coalesce($6, i.note)
 WHERE i.part = $2::int AND i.id = $3::uuid AND i.token = $4::int8
   AND i.claim IS NOT DISTINCT FROM $1::uuid
RETURNING i.id

-- item_return
UPDATE {items} AS i
   SET claim = NULL, claim_part = NULL,
       run_at = CASE WHEN i.cancel_asked_at IS NOT NULL THEN clock_timestamp()
                     ELSE coalesce(clock_timestamp() + interval '1 millisecond'
                                       * ($5::int8[])[array_position($3::uuid[], i.id)],
                                   i.run_at) END,
       attempt = i.attempt - ($6::int8[])[array_position($3::uuid[], i.id)],
       last_error = coalesce(($7::text[])[array_position($3::uuid[], i.id)], i.last_error),
       errors = CASE WHEN ($7::text[])[array_position($3::uuid[], i.id)] IS NULL THEN i.errors
                     ELSE (CASE WHEN jsonb_array_length(i.errors) >= 10 THEN i.errors - 0
                                ELSE coalesce(i.errors, '[]'::jsonb) END)
                          || jsonb_build_object('attempt', i.attempt, 'at', clock_timestamp(),
                                                'error',
                                                left(($7::text[])
                                                         [array_position($3::uuid[], i.id)],
                                                     1000)) END
 WHERE i.part = $2::int8 AND i.id = ANY ($3::uuid[]) AND i.claim = $1::uuid AND i.token = $4::int8
RETURNING i.id

-- item_return_by_lease
WITH held AS (
    SELECT id
      FROM leasehold.session_parts
     WHERE id = $1::uuid AND part = $2::int8 AND epoch = $5::int8 AND role = 'owner'
), gone AS (
    UPDATE {items} AS i
       SET claim = NULL, claim_part = NULL,
           token = greatest($4::int8, $6::int8) + 1,
           run_at = CASE WHEN i.cancel_asked_at IS NOT NULL THEN clock_timestamp()
                         ELSE coalesce(clock_timestamp() + interval '1 millisecond'
                                           * ($7::int8[])[array_position($3::uuid[], i.id)],
                                       i.run_at) END,
           attempt = i.attempt + CASE WHEN i.claim IS NULL THEN 1 ELSE 0 END
                     - ($8::int8[])[array_position($3::uuid[], i.id)],
           last_error = coalesce(($9::text[])[array_position($3::uuid[], i.id)], i.last_error),
           errors = CASE WHEN ($9::text[])[array_position($3::uuid[], i.id)] IS NULL THEN i.errors
                         ELSE (CASE WHEN jsonb_array_length(i.errors) >= 10 THEN i.errors - 0
                                    ELSE coalesce(i.errors, '[]'::jsonb) END)
                              || jsonb_build_object('attempt', i.attempt
                                                    + CASE WHEN i.claim IS NULL THEN 1 ELSE 0 END,
                                                    'at', clock_timestamp(),
                                                    'error',
                                                    left(($9::text[])
                                                         [array_position($3::uuid[], i.id)],
                                                     1000)) END
     WHERE EXISTS (SELECT 1 FROM held)
       AND i.part = $2::int8 AND i.id = ANY ($3::uuid[])
       AND CASE WHEN i.claim IS NULL THEN i.token = $4::int8
                ELSE i.claim = $1::uuid AND i.token = greatest($4::int8, $6::int8) + 1 END
    RETURNING i.id
)
SELECT CASE WHEN (SELECT count(*) FROM gone) < array_length($3::uuid[], 1)
            THEN ARRAY(SELECT id FROM gone) END AS ended

-- item_still_held
SELECT i.id, i.token, i.claim AS session
  FROM {items} AS i
 WHERE i.part = {part} AND i.id = ANY ($1::uuid[]) AND i.claim IS NOT NULL

-- item_still_there
SELECT i.id
  FROM {items} AS i
 WHERE i.part = {part} AND i.id = ANY ($1::uuid[]) AND i.claim IS NULL
   AND i.token = ($2::int8[])[array_position($1::uuid[], i.id)]

-- item_write_down
WITH held AS (
    SELECT id
      FROM leasehold.session_parts
     WHERE id = $1::uuid AND part = $2::int8 AND epoch = $6::int8 AND role = 'owner'
)
UPDATE {items} AS i
   SET claim = $1::uuid, claim_part = i.part, attempt = i.attempt + 1,
       token = greatest(i.token, $5::int8) + 1
 WHERE EXISTS (SELECT 1 FROM held)
   AND i.part = $2::int8 AND i.id = ANY ($3::uuid[]) AND i.claim IS NULL
   AND i.token = ($4::int8[])[array_position($3::uuid[], i.id)]

-- lease_give
WITH raised AS (
    UPDATE leasehold.parts AS p
       SET epoch = p.epoch + 1
      FROM leasehold.sessions AS s, leasehold.session_parts AS h
     WHERE p.queue = $1 AND p.part = ANY ($3::int[])
       AND h.id = $2::uuid AND h.part = p.part AND h.role = 'owner'
       AND s.queue = p.queue AND s.id = p.planned_for AND s.id <> $2::uuid
       AND s.expires_at > clock_timestamp() AND s.state = 'live'
    RETURNING p.part, p.epoch, p.planned_for, p.plan,
              CASE WHEN $4::bool THEN 'expired'
                   WHEN p.why = 'expired' THEN 'plan'
                   ELSE p.why END AS why
), ended AS (
    DELETE FROM leasehold.session_parts
     WHERE id = $2::uuid AND part IN (SELECT part FROM raised)
    RETURNING part
)
SELECT part, epoch, planned_for AS to_session, why, plan FROM raised ORDER BY part

-- lease_held
SELECT part, epoch, role FROM leasehold.session_parts WHERE id = $1::uuid ORDER BY part

-- lease_helping
SELECT part, id FROM leasehold.session_parts WHERE queue = $1 AND role = 'helper' ORDER BY part, id

-- lease_list
SELECT part, id, epoch
  FROM leasehold.session_parts
 WHERE queue = $1 AND role = 'owner'
 ORDER BY part

-- lease_lock
SELECT part FROM leasehold.parts
 WHERE queue = $1 AND part = ANY ($2::int[])
 ORDER BY part
   FOR NO KEY UPDATE

-- lease_look
WITH mine AS (
    SELECT part
      FROM (SELECT part, role FROM leasehold.session_parts WHERE id = $2::uuid OFFSET 0) AS held
     WHERE role = 'owner'
    UNION
    SELECT part FROM leasehold.parts WHERE queue = $1 AND planned_for = $2::uuid
)
SELECT p.part, h.id AS owner, h.epoch, p.by_lease, p.token_base, p.planned_for,
       s.expires_at IS NOT NULL AND s.expires_at > clock_timestamp() AND s.state = 'live'
           AS planned_is_live
  FROM mine AS m
  JOIN leasehold.parts AS p ON p.queue = $1 AND p.part = m.part
  LEFT JOIN leasehold.session_parts AS h
    ON h.queue = p.queue AND h.part = p.part AND h.role = 'owner'
  LEFT JOIN leasehold.sessions AS s ON s.queue = p.queue AND s.id = p.planned_for
 ORDER BY p.part

-- lease_receive
WITH given AS (
    SELECT * FROM unnest($3::uuid[], $4::int[], $5::int8[], $6::text[], $7::int8[])
               AS g (id, part, epoch, why, plan)
), received AS (
    INSERT INTO leasehold.session_parts (id, queue, part, epoch)
    SELECT id, $1, part, epoch FROM given
        ON CONFLICT (id, part) DO UPDATE
       SET role = 'owner', epoch = excluded.epoch, taken_at = excluded.taken_at
    RETURNING part
)
INSERT INTO leasehold.ownership_log (queue, part, epoch, from_session, to_session, reason, plan)
SELECT $1::text, part, epoch, $2::uuid, id, why, plan FROM given

-- lease_release
WITH ended AS (
    DELETE FROM leasehold.session_parts
     WHERE id = $2::uuid AND part = ANY ($3::int[])
    RETURNING part, epoch, role
), logged AS (
    INSERT INTO leasehold.ownership_log (queue, part, epoch, from_session, reason, role)
    SELECT $1, part, epoch, $2::uuid, $4, role FROM ended
    RETURNING part
)
SELECT part FROM ended ORDER BY part

-- lease_take
WITH raised AS (
    UPDATE leasehold.parts AS p
       SET epoch = p.epoch + 1
     WHERE p.queue = $1 AND p.part = ANY ($3::int[]) AND p.planned_for = $2::uuid
       AND NOT EXISTS (SELECT 1
                         FROM leasehold.session_parts AS h
                        WHERE h.queue = p.queue AND h.part = p.part AND h.role = 'owner' OFFSET 0)
       AND EXISTS (SELECT 1
                     FROM leasehold.sessions AS s
                    WHERE s.id = $2::uuid AND s.expires_at > clock_timestamp())
    RETURNING p.part, p.epoch, p.why, p.plan, p.by_lease, p.token_base
), taken AS (
    INSERT INTO leasehold.session_parts (id, queue, part, epoch)
    SELECT $2::uuid, $1, part, epoch FROM raised
        ON CONFLICT (id, part) DO UPDATE
       SET role = 'owner', epoch = excluded.epoch, taken_at = excluded.taken_at
    RETURNING part
), logged AS (
    INSERT INTO leasehold.ownership_log (queue, part, epoch, to_session, reason, plan)
    SELECT $1, part, epoch, $2::uuid, why, plan FROM raised
    RETURNING part
)
SELECT part, epoch, by_lease, token_base FROM raised ORDER BY part

-- load_read
SELECT p.part, p.load
  FROM leasehold.session_parts AS h
  JOIN leasehold.parts AS p ON p.queue = $1 AND p.part = h.part
 WHERE h.id = $2::uuid AND h.role = 'owner' AND h.part = ANY ($3::int[])

-- load_write
UPDATE leasehold.parts AS p
   SET load = c.load
  FROM unnest($3::int[], $4::float8[]) AS c (part, load)
 WHERE p.queue = $1 AND p.part = c.part
   AND EXISTS (SELECT 1
                 FROM leasehold.session_parts AS h
                WHERE h.id = $2::uuid AND h.part = p.part AND h.role = 'owner')

-- migration_record
INSERT INTO leasehold.migrations (version, name, checksum) VALUES ($1::int8, $2, $3)
ON CONFLICT (version) DO NOTHING

-- migrations_create
CREATE SCHEMA IF NOT EXISTS leasehold;
CREATE TABLE IF NOT EXISTS leasehold.migrations (
    version    int PRIMARY KEY,
    name       text NOT NULL,
    checksum   text NOT NULL,
    applied_at timestamptz NOT NULL DEFAULT clock_timestamp()
)

-- migrations_list
SELECT version, name, checksum FROM leasehold.migrations ORDER BY version

-- migrations_lock
LOCK TABLE leasehold.migrations IN ACCESS EXCLUSIVE MODE

-- ownership_changes
SELECT part, epoch, role = 'helper' AS helps, from_session, to_session, reason,
       round(extract(epoch FROM at) * 1000000)::int8 AS at_us
  FROM leasehold.ownership_log
 WHERE queue = $1
 ORDER BY part, epoch, role = 'helper', CASE WHEN role = 'owner' THEN to_session IS NULL END, at,
          to_session IS NULL

-- ownership_list
WITH known AS (
    SELECT id, name FROM leasehold.sessions WHERE queue = $1
    UNION
    SELECT session, name FROM leasehold.vacant_seats WHERE queue = $1
)
SELECT l.at::text AS at, l.part, l.epoch,
       l.from_session, f.name AS from_name, l.to_session, t.name AS to_name,
       l.role, l.reason, l.plan
  FROM leasehold.ownership_log AS l
  LEFT JOIN known AS f ON f.id = l.from_session
  LEFT JOIN known AS t ON t.id = l.to_session
 WHERE l.queue = $1
   AND ($2::int IS NULL OR l.part = $2::int)
   AND ($3::text IS NULL OR $3 IN (f.name, t.name)
        OR (length($3) >= 4 AND (l.from_session::text LIKE lower($3) || '%'
                                 OR l.to_session::text LIKE lower($3) || '%')))
   AND ($4::timestamptz IS NULL OR l.at >= $4::timestamptz)
   AND ($5::int8 IS NULL OR l.at >= clock_timestamp() - $5::int8 * interval '1 millisecond')
 ORDER BY l.at DESC, l.part DESC, l.epoch DESC, l.to_session IS NOT NULL
 LIMIT $6::int

-- part_by_lease
UPDATE leasehold.parts AS p
   SET by_lease = true, doubt_before = NULL
 WHERE p.queue = $1 AND p.part = ANY ($3::int[])
   AND EXISTS (SELECT 1 FROM leasehold.session_parts AS h
                WHERE h.id = $2::uuid AND h.part = p.part AND h.role = 'owner')
   AND NOT EXISTS (SELECT 1 FROM leasehold.session_parts AS h
                    WHERE h.queue = $1 AND h.part = p.part AND h.role = 'helper')
RETURNING p.part, p.epoch, p.token_base

-- part_by_row
UPDATE leasehold.parts AS p
   SET by_lease = false
 WHERE p.queue = $1 AND p.part = ANY ($3::int[]) AND p.by_lease
   AND EXISTS (SELECT 1 FROM leasehold.session_parts AS h
                WHERE h.id = $2::uuid AND h.part = p.part AND h.role = 'owner')

-- part_doubt
UPDATE leasehold.parts
   SET by_lease = false, doubt_before = clock_timestamp(),
       token_base = nextval('leasehold.item_order') << 20
 WHERE queue = $1::text AND part = $2::int8 AND by_lease

-- part_epochs
SELECT part, epoch, planned_for FROM leasehold.parts WHERE queue = $1 ORDER BY part

-- plan_forget_vacant
DELETE FROM leasehold.vacant_seats WHERE queue = $1 AND session = ANY ($2::uuid[])

-- plan_ground_parts
SELECT part, planned_for, load FROM leasehold.parts WHERE queue = $1 ORDER BY part

-- plan_ground_queue
SELECT strategy, part_count, state, plan, round(extract(epoch FROM restart_grace) * 1000)::int8
           AS restart_grace_ms
  FROM leasehold.queues
 WHERE name = $1 AND plan_at <= clock_timestamp()
   FOR NO KEY UPDATE

-- plan_ground_vacant
SELECT session, name, weight,
       round(extract(epoch FROM clock_timestamp() - left_at) * 1000)::int8 AS left_ms
  FROM leasehold.vacant_seats
 WHERE queue = $1

-- plan_recorded
SELECT strategy, part_count, state, plan, round(extract(epoch FROM restart_grace) * 1000)::int8
           AS restart_grace_ms
  FROM leasehold.queues
 WHERE name = $1

-- plan_state
SELECT plan, round(extract(epoch FROM plan_at - clock_timestamp()) * 1000)::int8 AS next_in_ms,
       unplanned_since IS NOT NULL OR coalesce(plan_at <= clock_timestamp(), false) AS is_outdated
  FROM leasehold.queues
 WHERE name = $1

-- plan_write_parts
UPDATE leasehold.parts AS p
   SET planned_for = c.session, why = c.why, plan = $2::int8
  FROM unnest($3::int[], $4::uuid[], $5::text[]) AS c (part, session, why)
 WHERE p.queue = $1 AND p.part = c.part

-- plan_write_queue
UPDATE leasehold.queues
   SET plan = $2::int8, planned_seats = $3::int8, unplanned_since = NULL,
       plan_at = clock_timestamp() + $4::int8 * interval '1 millisecond'
 WHERE name = $1::text

-- queue_forget
WITH leases AS (DELETE FROM leasehold.session_parts WHERE queue = $1 RETURNING queue),
     seats  AS (DELETE FROM leasehold.sessions WHERE queue = $1 RETURNING queue),
     vacant AS (DELETE FROM leasehold.vacant_seats WHERE queue = $1 RETURNING queue),
     wanted AS (DELETE FROM leasehold.help_wanted WHERE queue = $1 RETURNING queue),
     slices AS (DELETE FROM leasehold.parts WHERE queue = $1 RETURNING queue),
     dead   AS (DELETE FROM leasehold.dead_items WHERE queue = $1 RETURNING queue),
     log    AS (DELETE FROM leasehold.ownership_log WHERE queue = $1 RETURNING queue)
DELETE FROM leasehold.queues WHERE name = $1

-- queue_get
SELECT name, part_count, strategy, keyed, max_attempts, generation, state, audit,
       round(extract(epoch FROM retry_base) * 1000)::int8 AS retry_base_ms,
       round(extract(epoch FROM retry_max) * 1000)::int8 AS retry_max_ms, paused,
       round(extract(epoch FROM settle) * 1000)::int8 AS settle_ms,
       round(extract(epoch FROM restart_grace) * 1000)::int8 AS restart_grace_ms,
       round(extract(epoch FROM help_delay) * 1000)::int8 AS help_delay_ms, helpers_max,
       claims, split_part(version(), ' ', 1) AS server
  FROM leasehold.queues
 WHERE name = $1

-- queue_insert
INSERT INTO leasehold.queues
       (name, part_count, keyed, max_attempts, retry_base, retry_max, strategy, claims)
VALUES ($1, $2::int, $3::bool, $4::int, $5::int8 * interval '1 millisecond',
        $6::int8 * interval '1 millisecond', $7, $8)
ON CONFLICT (name) DO NOTHING
RETURNING name

-- queue_list
SELECT q.name, q.part_count, q.strategy, q.claims, q.keyed, q.max_attempts, q.generation, q.state,
       q.audit, q.paused,
       (SELECT count(*)
          FROM leasehold.sessions AS s
         WHERE s.queue = q.name AND s.expires_at > clock_timestamp()) AS sessions
  FROM leasehold.queues AS q
 ORDER BY q.name

-- queue_old_tables
SELECT q.name
  FROM leasehold.queues AS q
 WHERE q.state IN ('creating', 'ready')
   AND EXISTS (SELECT 1
                 FROM pg_catalog.pg_inherits AS i
                WHERE i.inhparent = to_regclass(format('leasehold.%I', 'items_' || q.name))
                  AND NOT EXISTS (SELECT 1
                                    FROM pg_catalog.pg_constraint AS c
                                   WHERE c.conrelid = i.inhrelid AND c.coninhcount = 0
                                     AND c.conname = 'an_item_lies_in_the_part_of_its_id'))
 ORDER BY q.name

-- queue_live_sessions
SELECT count(*) FROM leasehold.sessions WHERE queue = $1 AND expires_at > clock_timestamp()

-- queue_parts_insert
INSERT INTO leasehold.parts (queue, part)
SELECT q.name, p.part
  FROM leasehold.queues AS q
 CROSS JOIN LATERAL generate_series(0, q.part_count - 1) AS p (part)
 WHERE q.name = $1
ON CONFLICT (queue, part) DO NOTHING

-- queue_pause
UPDATE leasehold.queues SET paused = $2::bool WHERE name = $1::text AND paused <> $2::bool
RETURNING name AS tell

-- queue_set_audit
UPDATE leasehold.queues SET audit = $2 WHERE name = $1

-- queue_set_policy
UPDATE leasehold.queues
   SET max_attempts = coalesce($2::int, max_attempts),
       retry_base = coalesce($3::int8 * interval '1 millisecond', retry_base),
       retry_max = coalesce($4::int8 * interval '1 millisecond', retry_max),
       strategy = coalesce($5, strategy),
       settle = coalesce($6::int8 * interval '1 millisecond', settle),
       restart_grace = coalesce($7::int8 * interval '1 millisecond', restart_grace),
       help_delay = coalesce($8::int8 * interval '1 millisecond', help_delay),
       helpers_max = coalesce($9::int, helpers_max),
       claims = coalesce($10, claims)
 WHERE name = $1
RETURNING part_count, keyed, max_attempts

-- queue_set_state
UPDATE leasehold.queues SET state = $2 WHERE name = $1

-- queue_watch
SELECT q.generation, q.plan, q.planned_seats, q.paused, q.helpers_max, q.strategy, q.claims,
       q.part_count, q.state = 'growing' AS is_growing,
       round(extract(epoch FROM q.plan_at - clock_timestamp()) * 1000)::int8 AS plan_due_in_ms,
       round(extract(epoch FROM q.help_delay) * 1000)::int8 AS help_delay_ms,
       s.is_neighbour, s.id, s.name, s.host, s.pid, s.weight, s.state,
       s.expires_at::text AS expires_at, s.expires_at > clock_timestamp() AS live,
       round(extract(epoch FROM clock_timestamp() - s.expires_at) * 1000)::int8 AS overdue_ms,
       s.guard, CASE WHEN $4::bool THEN true END AS guard_is_held
  FROM leasehold.queues AS q
  LEFT JOIN (
        (SELECT true AS is_neighbour, t.*
           FROM ((SELECT 1 AS turn, b.*
                    FROM leasehold.sessions AS b
                   WHERE b.queue = $1 AND b.id < $2::uuid
                   ORDER BY b.id DESC LIMIT 1)
                  UNION ALL
                 (SELECT 2, b.*
                    FROM leasehold.sessions AS b
                   WHERE b.queue = $1
                   ORDER BY b.id DESC LIMIT 1)) AS t
          ORDER BY t.turn LIMIT 1)
         UNION ALL
        (SELECT false, 0, n.*
           FROM leasehold.sessions AS n
          WHERE n.queue = $1 AND n.id < $3::uuid
          ORDER BY n.id DESC LIMIT 1)) AS s ON true
 WHERE q.name = $1

-- seat_kept
UPDATE leasehold.queues
   SET plan_at = least(plan_at, clock_timestamp() + restart_grace)
 WHERE name = $1

-- server_timeline
SELECT 'cluster' AS timeline

-- session_begin_reap
UPDATE leasehold.sessions
   SET state = 'leaving'
 WHERE id = $1::uuid AND expires_at = $2::timestamptz AND expires_at <= clock_timestamp()
   AND state <> 'leaving'
RETURNING id

-- session_cordon
UPDATE leasehold.sessions AS s
   SET cordoned = CASE WHEN s.state = 'evicted' THEN s.cordoned ELSE $2::bool END
  FROM leasehold.sessions AS before
 WHERE s.id = $1::uuid AND before.id = s.id AND s.expires_at > clock_timestamp()
RETURNING s.queue, s.state = 'evicted' AS is_evicted, before.cordoned <> s.cordoned AS changed

-- session_ended
UPDATE leasehold.queues AS q
   SET generation = q.generation + 1,
       unplanned_since = coalesce(q.unplanned_since, clock_timestamp()),
       plan_at = CASE WHEN q.planned_seats = 0 OR q.plan_at <= clock_timestamp()
                      THEN least(q.plan_at, clock_timestamp())
                      ELSE clock_timestamp() END
 WHERE q.name = $1::text
   AND ($3::bool
        OR EXISTS (SELECT 1
                     FROM leasehold.parts
                    WHERE queue = $1::text AND planned_for = $2::uuid))

-- session_everywhere
SELECT queue, id, name, named, host, pid, weight, state, cordoned, expires_at::text AS expires_at,
       expires_at > clock_timestamp() AS live,
       round(extract(epoch FROM clock_timestamp() - expires_at) * 1000)::int8 AS overdue_ms
  FROM leasehold.sessions
 ORDER BY queue, id

-- session_evict
UPDATE leasehold.sessions AS s
   SET cordoned = true, state = CASE WHEN s.state = 'live' THEN 'evicted' ELSE s.state END
  FROM leasehold.sessions AS before
 WHERE s.id = $1::uuid AND before.id = s.id AND s.expires_at > clock_timestamp()
RETURNING s.queue, before.state <> s.state OR NOT before.cordoned AS changed

-- session_expire
UPDATE leasehold.sessions
   SET expires_at = clock_timestamp(), cordoned = true,
       heartbeat_at = least(heartbeat_at, statement_timestamp() - interval '1 microsecond')
 WHERE id = $1::uuid AND expires_at > clock_timestamp()
RETURNING queue, true AS changed

-- session_expire_now
SELECT id FROM leasehold.sessions
 WHERE id = $1::uuid AND guard = $2::int8 AND expires_at = $3::timestamptz AND false

-- session_extend
UPDATE leasehold.sessions
   SET heartbeat_at = clock_timestamp(), expires_at = clock_timestamp() + ttl, guard = $2::int8
 WHERE id = $1::uuid AND expires_at > clock_timestamp()
RETURNING state

-- session_joined
UPDATE leasehold.queues AS q
   SET generation = q.generation + 1,
       unplanned_since = coalesce(q.unplanned_since, clock_timestamp()),
       plan_at = CASE WHEN q.planned_seats = 0 OR q.plan_at <= clock_timestamp()
                      THEN least(q.plan_at, clock_timestamp())
                      ELSE CASE WHEN EXISTS (SELECT 1
                                             FROM leasehold.sessions AS s
                                             JOIN leasehold.vacant_seats AS v
                                               ON v.queue = s.queue AND v.name = s.name
                                            WHERE s.id = $2::uuid AND s.named)
                           THEN clock_timestamp()
                           ELSE least(clock_timestamp() + q.settle,
                                      coalesce(q.unplanned_since, clock_timestamp())
                                          + 5 * q.settle) END END
 WHERE q.name = $1::text

-- session_leave
WITH helped AS (
    DELETE FROM leasehold.session_parts
     WHERE id = $1::uuid AND role = 'helper'
    RETURNING queue, part, epoch
), logged AS (
    INSERT INTO leasehold.ownership_log (queue, part, epoch, from_session, reason, role)
    SELECT queue, part, epoch, $1::uuid, 'help', 'helper' FROM helped
    RETURNING part
), ended AS (
    DELETE FROM leasehold.sessions WHERE id = $1::uuid
    RETURNING id, queue, name, weight, named, cordoned, state
), kept AS (
    INSERT INTO leasehold.vacant_seats (queue, session, name, weight)
    SELECT e.queue, e.id, e.name, e.weight
      FROM ended AS e
      JOIN leasehold.queues AS q ON q.name = e.queue
     WHERE e.named AND NOT e.cordoned AND e.state = 'leaving'
       AND q.restart_grace > '0' AND q.strategy <> 'lexical'
    RETURNING session
)
SELECT EXISTS (SELECT 1 FROM kept) AS seat_kept, state = 'live' AS was_live FROM ended

-- session_list
SELECT id, name, named, host, pid, weight, state, cordoned, expires_at::text AS expires_at,
       expires_at > clock_timestamp() AS live,
       round(extract(epoch FROM clock_timestamp() - heartbeat_at) * 1000)::int8 AS heartbeat_age_ms,
       round(extract(epoch FROM clock_timestamp() - expires_at) * 1000)::int8 AS overdue_ms
  FROM leasehold.sessions
 WHERE queue = $1
 ORDER BY id

-- session_reap
DELETE FROM leasehold.sessions
 WHERE id = $1::uuid AND expires_at = $2::timestamptz AND expires_at <= clock_timestamp()
RETURNING state = 'live' AS was_live

-- session_register
INSERT INTO leasehold.sessions (id, queue, name, host, pid, version, weight, ttl, named, guard,
                                expires_at)
VALUES ($1::uuid, $2, $3, $4, $5::int8, $6, $7::int, $8::int8 * interval '1 millisecond',
        $9::bool, $10::int8, clock_timestamp() + $8::int8 * interval '1 millisecond')

-- session_set_leaving
UPDATE leasehold.sessions SET state = 'leaving' WHERE id = $1::uuid

-- session_still_expired
SELECT count(*) > 0 AS is_there, count(*) > 0 AS is_mine
  FROM leasehold.sessions
 WHERE id = $1::uuid AND expires_at = $2::timestamptz AND expires_at <= clock_timestamp()

-- time_ago
SELECT (clock_timestamp() - $1::int8 * interval '1 second')::text AS time

-- transaction_id
INSERT INTO leasehold.commits (at) VALUES (clock_timestamp())
RETURNING name::text || '@' || floor(extract(epoch FROM at))::int8::text AS id

-- transaction_status
WITH refused AS (
    INSERT INTO leasehold.commits (name, kept)
    SELECT split_part($1::text, '@', 1)::uuid, false
     WHERE split_part($1::text, '@', 2)::int8 > extract(epoch FROM now()) - 86400
    ON CONFLICT (name) DO NOTHING
    RETURNING name
)
SELECT CASE WHEN split_part($1::text, '@', 2)::int8 <= extract(epoch FROM now()) - 86400
            THEN NULL
            WHEN (SELECT count(*) FROM refused) = 0
                 AND (SELECT kept FROM leasehold.commits
                       WHERE name = split_part($1::text, '@', 1)::uuid)
            THEN 'committed' ELSE 'aborted' END AS status

-- verify_claim_lease
WITH looked AS MATERIALIZED (
    SELECT i.claim, i.part, count(*) AS items, min(i.id::text) AS example
      FROM {items} AS i
     WHERE i.claim IS NOT NULL
     GROUP BY i.claim, i.part
), wrong AS (
    SELECT l.items,
           format('session %s claims %s items of part %s, such as %s, without a lease on it',
                  l.claim, l.items, l.part, l.example) AS what
      FROM looked AS l
     WHERE NOT EXISTS (SELECT 1
                         FROM leasehold.session_parts AS h
                        WHERE h.queue = $1 AND h.id = l.claim AND h.part = l.part)
)
SELECT (SELECT coalesce(sum(items), 0)::int8 FROM looked) AS looked_at,
       (SELECT coalesce(sum(items), 0)::int8 FROM wrong) AS wrong,
       (SELECT string_agg(what, '; ') FROM (SELECT what FROM wrong LIMIT 3) AS few) AS examples

-- verify_dead_gone
WITH looked AS (
    SELECT id, created_at, died_at FROM leasehold.dead_items WHERE queue = $1
), wrong AS (
    SELECT format('item %s of %s died at %s and is there still', d.id, d.created_at,
                  d.died_at) AS what
      FROM looked AS d
      JOIN {items} AS i ON i.id = d.id AND i.created_at = d.created_at
)
SELECT (SELECT count(*) FROM looked) AS looked_at,
       (SELECT count(*) FROM wrong) AS wrong,
       (SELECT string_agg(what, '; ') FROM (SELECT what FROM wrong LIMIT 3) AS few) AS examples

-- verify_expired_reaped
WITH reaper AS (
    SELECT min(registered_at) AS since
      FROM leasehold.sessions
     WHERE queue = $1 AND state = 'live' AND expires_at > now()
), looked AS (
    SELECT s.id, s.name, s.ttl, s.expires_at, greatest(s.expires_at, r.since) AS due_since,
           r.since IS NOT NULL AS has_reaper
      FROM leasehold.sessions AS s
     CROSS JOIN reaper AS r
     WHERE s.queue = $1 AND s.expires_at <= now()
), wrong AS (
    SELECT format('session %s (%s) expired %s s ago and holds %s parts and %s claims', l.id, l.name,
                  extract(epoch FROM now() - l.expires_at)::int8,
                  (SELECT count(*) FROM leasehold.session_parts AS h WHERE h.id = l.id),
                  (SELECT count(*) FROM {items} AS i WHERE i.claim = l.id)) AS what
      FROM looked AS l
     WHERE l.has_reaper AND now() - l.due_since > l.ttl + interval '1 minute'
)
SELECT (SELECT count(*) FROM looked) AS looked_at,
       (SELECT count(*) FROM wrong) AS wrong,
       (SELECT string_agg(what, '; ') FROM (SELECT what FROM wrong LIMIT 3) AS few) AS examples

-- verify_expired_takes_none
WITH looked AS (
    SELECT from_session AS id, min(at) AS reaped_at
      FROM leasehold.ownership_log
     WHERE queue = $1 AND from_session IS NOT NULL AND reason = 'expired'
     GROUP BY from_session
), wrong AS (
    SELECT format('session %s expired, lost parts at %s, and took part %s at %s', r.id, r.reaped_at,
                  l.part, l.at) AS what
      FROM looked AS r
      JOIN leasehold.ownership_log AS l ON l.queue = $1 AND l.to_session = r.id
     WHERE l.at > r.reaped_at + interval '1 minute'
)
SELECT (SELECT count(*) FROM looked) AS looked_at,
       (SELECT count(*) FROM wrong) AS wrong,
       (SELECT string_agg(what, '; ') FROM (SELECT what FROM wrong LIMIT 3) AS few) AS examples

-- verify_item_attempts
WITH wrong AS (
    SELECT format('item %s %s after %s attempts of %s', id,
                  CASE WHEN claim IS NULL THEN 'waits' ELSE 'is claimed' END, attempt,
                  max_attempts) AS what
      FROM {items}
     WHERE attempt > max_attempts OR (claim IS NULL AND attempt = max_attempts)
)
SELECT (SELECT count(*) FROM {items}) AS looked_at,
       (SELECT count(*) FROM wrong) AS wrong,
       (SELECT string_agg(what, '; ') FROM (SELECT what FROM wrong LIMIT 3) AS few) AS examples

-- verify_item_constraints
WITH wanted (name) AS (
    VALUES ('a_claim_needs_a_lease_on_the_items_own_part'),
           ('a_claim_is_on_the_items_own_part')
), wrong AS (
    SELECT w.name || ' is missing, or not valid' AS what
      FROM wanted AS w
     WHERE NOT EXISTS (SELECT 1
                         FROM pg_catalog.pg_constraint AS c
                        WHERE c.conrelid = '{items}'::regclass AND c.conname = w.name
                          AND c.convalidated)
       AND NOT EXISTS (SELECT 1
                         FROM pg_catalog.pg_indexes AS x
                        WHERE x.schemaname = 'leasehold' AND x.indexname = w.name)
)
SELECT (SELECT count(*) FROM wanted) AS looked_at,
       (SELECT count(*) FROM wrong) AS wrong,
       (SELECT string_agg(what, '; ') FROM (SELECT what FROM wrong LIMIT 3) AS few) AS examples

-- verify_item_place
WITH wrong AS (
    SELECT 'item ' || i.id::text || ' says part ' || i.part::text || ', its id is of another'
               AS what
      FROM {items} AS i
     CROSS JOIN (SELECT part_count FROM leasehold.queues WHERE name = $1::text) AS q
     WHERE i.part <> ((('x' || substr(i.id::text, 1, 8))::bit(32)::int8) * q.part_count) >> 32
)
SELECT (SELECT count(*) FROM {items}) AS looked_at,
       (SELECT count(*) FROM wrong) AS wrong,
       (SELECT string_agg(what, '; ') FROM (SELECT what FROM wrong LIMIT 3) AS few) AS examples

-- verify_item_token
WITH wrong AS (
    SELECT format('item %s has token %s at attempt %s%s', id, token, attempt,
                  CASE WHEN claim IS NULL THEN '' ELSE ' and is claimed' END) AS what
      FROM {items}
     WHERE token < attempt OR attempt < 0 OR (claim IS NOT NULL AND (token < 1 OR attempt < 1))
)
SELECT (SELECT count(*) FROM {items}) AS looked_at,
       (SELECT count(*) FROM wrong) AS wrong,
       (SELECT string_agg(what, '; ') FROM (SELECT what FROM wrong LIMIT 3) AS few) AS examples

-- verify_lease_constraints
WITH wanted (name) AS (
    VALUES ('a_part_has_at_most_one_owner'),
           ('session_parts_pkey'),
           ('a_lease_belongs_to_a_session_of_the_same_queue'),
           ('a_lease_is_on_a_part_of_the_queue')
), wrong AS (
    SELECT w.name || ' is missing, or not valid' AS what
      FROM wanted AS w
     WHERE NOT EXISTS (SELECT 1
                         FROM pg_catalog.pg_constraint AS c
                        WHERE c.conrelid = 'leasehold.session_parts'::regclass
                          AND c.conname = w.name
                          AND c.convalidated)
       AND NOT EXISTS (SELECT 1
                         FROM pg_catalog.pg_indexes AS x
                        WHERE x.schemaname = 'leasehold' AND x.indexname = w.name)
)
SELECT (SELECT count(*) FROM wanted) AS looked_at,
       (SELECT count(*) FROM wrong) AS wrong,
       (SELECT string_agg(what, '; ') FROM (SELECT what FROM wrong LIMIT 3) AS few) AS examples

-- verify_lease_session
WITH looked AS (
    SELECT h.id, h.part, s.id IS NOT NULL AS has_session, p.part IS NOT NULL AS has_part
      FROM leasehold.session_parts AS h
      LEFT JOIN leasehold.sessions AS s ON s.queue = h.queue AND s.id = h.id
      LEFT JOIN leasehold.parts AS p ON p.queue = h.queue AND p.part = h.part
     WHERE h.queue = $1
), wrong AS (
    SELECT format('part %s is held by %s, which is no session of the queue', part, id) AS what
      FROM looked
     WHERE NOT has_session
    UNION ALL
    SELECT format('session %s holds part %s, which is no part of the queue', id, part)
      FROM looked
     WHERE NOT has_part
)
SELECT (SELECT count(*) FROM looked) AS looked_at,
       (SELECT count(*) FROM wrong) AS wrong,
       (SELECT string_agg(what, '; ') FROM (SELECT what FROM wrong LIMIT 3) AS few) AS examples

-- verify_log_epochs_rise
WITH looked AS (
    SELECT l.part, l.epoch, l.at, l.role, p.epoch AS last,
           max(l.epoch) FILTER (WHERE l.role = 'owner')
               OVER (PARTITION BY l.part ORDER BY l.at
                     RANGE BETWEEN UNBOUNDED PRECEDING AND '1 second' PRECEDING) AS earlier
      FROM leasehold.ownership_log AS l
      LEFT JOIN leasehold.parts AS p ON p.queue = l.queue AND p.part = l.part
     WHERE l.queue = $1
), wrong AS (
    SELECT format('part %s was in epoch %s at %s, and in epoch %s before', part, epoch, at, earlier)
               AS what
      FROM looked
     WHERE earlier > epoch AND role = 'owner'
    UNION ALL
    SELECT format('part %s was in epoch %s at %s, but its last epoch is %s', part, epoch, at,
                  coalesce(last::text, 'none'))
      FROM looked
     WHERE last IS NULL OR epoch > last
)
SELECT (SELECT count(*) FROM looked) AS looked_at,
       (SELECT count(*) FROM wrong) AS wrong,
       (SELECT string_agg(what, '; ') FROM (SELECT what FROM wrong LIMIT 3) AS few) AS examples

-- verify_log_taken_once
WITH looked AS (
    SELECT part, epoch, to_session
      FROM leasehold.ownership_log
     WHERE queue = $1 AND role = 'owner' AND to_session IS NOT NULL
), wrong AS (
    SELECT format('epoch %s of part %s was taken %s times', epoch, part, count(*)) AS what
      FROM looked
     GROUP BY part, epoch
    HAVING count(*) > 1
    UNION ALL
    SELECT format('session %s owns part %s in epoch %s, which the log does not say it took', h.id,
                  h.part, h.epoch)
      FROM leasehold.session_parts AS h
     WHERE h.queue = $1 AND h.role = 'owner'
       AND NOT EXISTS (SELECT 1
                         FROM looked AS l
                        WHERE l.part = h.part AND l.epoch = h.epoch AND l.to_session = h.id)
)
SELECT (SELECT count(*) FROM looked) AS looked_at,
       (SELECT count(*) FROM wrong) AS wrong,
       (SELECT string_agg(what, '; ') FROM (SELECT what FROM wrong LIMIT 3) AS few) AS examples

-- verify_one_claim_per_key
WITH held AS (
    SELECT key, count(*) AS claims
      FROM {items}
     WHERE claim IS NOT NULL AND key IS NOT NULL
     GROUP BY key
), wrong AS (
    SELECT 'key ' || key || ' has ' || claims::text || ' claimed items' AS what
      FROM held
     WHERE claims > 1
    UNION ALL
    SELECT 'a key could be claimed twice: an index is missing'
      FROM leasehold.queues
     WHERE name = $1::text AND keyed
       AND NOT EXISTS (SELECT 1
                         FROM pg_catalog.pg_indexes
                        WHERE schemaname = 'leasehold'
                          AND indexname = 'items_' || $1::text || '_one_claim_per_key')
)
SELECT (SELECT count(*) FROM held) AS looked_at,
       (SELECT count(*) FROM wrong) AS wrong,
       (SELECT string_agg(what, '; ') FROM (SELECT what FROM wrong LIMIT 3) AS few) AS examples

-- verify_one_owner
WITH looked AS (
    SELECT part, id FROM leasehold.session_parts WHERE queue = $1 AND role = 'owner'
), wrong AS (
    SELECT format('part %s has %s owners: %s', part, count(*), string_agg(id::text, ', ')) AS what
      FROM looked
     GROUP BY part
    HAVING count(*) > 1
)
SELECT (SELECT count(*) FROM looked) AS looked_at,
       (SELECT count(*) FROM wrong) AS wrong,
       (SELECT string_agg(what, '; ') FROM (SELECT what FROM wrong LIMIT 3) AS few) AS examples

-- verify_owner_epoch
WITH looked AS (
    SELECT h.part, h.id, h.epoch AS held, p.epoch AS last
      FROM leasehold.session_parts AS h
      LEFT JOIN leasehold.parts AS p ON p.queue = h.queue AND p.part = h.part
     WHERE h.queue = $1 AND h.role = 'owner'
), wrong AS (
    SELECT format('session %s holds part %s in epoch %s, the last is %s', id, part, held,
                  coalesce(last::text, 'none')) AS what
      FROM looked
     WHERE held IS DISTINCT FROM last
)
SELECT (SELECT count(*) FROM looked) AS looked_at,
       (SELECT count(*) FROM wrong) AS wrong,
       (SELECT string_agg(what, '; ') FROM (SELECT what FROM wrong LIMIT 3) AS few) AS examples

-- verify_parts_complete
WITH wanted AS (
    SELECT p.part
      FROM leasehold.queues AS q
     CROSS JOIN LATERAL generate_series(0, q.part_count - 1) AS p (part)
     WHERE q.name = $1::text
), wrong AS (
    SELECT 'part ' || w.part::text || ' has no row in leasehold.parts' AS what
      FROM wanted AS w
     WHERE NOT EXISTS (SELECT 1
                         FROM leasehold.parts AS p
                        WHERE p.queue = $1::text AND p.part = w.part)
    UNION ALL
    SELECT 'leasehold.parts has a part ' || p.part::text || ' too many'
      FROM leasehold.parts AS p
     WHERE p.queue = $1::text AND NOT EXISTS (SELECT 1 FROM wanted AS w WHERE w.part = p.part)
)
SELECT (SELECT count(*) FROM wanted) AS looked_at,
       (SELECT count(*) FROM wrong) AS wrong,
       (SELECT string_agg(what, '; ') FROM (SELECT what FROM wrong LIMIT 3) AS few) AS examples

-- verify_parts_owned
WITH crew AS (
    SELECT min(registered_at) AS since, max(ttl) AS ttl
      FROM leasehold.sessions
     WHERE queue = $1 AND state = 'live' AND expires_at > now()
), looked AS (
    SELECT p.part, c.ttl, c.since IS NOT NULL AS has_crew,
           greatest(c.since, (SELECT max(l.at)
                                FROM leasehold.ownership_log AS l
                               WHERE l.queue = p.queue AND l.part = p.part
                                 AND l.role = 'owner')) AS free_since
      FROM leasehold.parts AS p
     CROSS JOIN crew AS c
      JOIN leasehold.queues AS grows ON grows.name = p.queue AND grows.state <> 'growing'
     WHERE p.queue = $1
       -- Kept for a restart.
       AND NOT EXISTS (SELECT 1
                         FROM leasehold.vacant_seats AS v
                         JOIN leasehold.queues AS q ON q.name = v.queue
                        WHERE v.queue = p.queue AND v.session = p.planned_for
                          AND v.left_at + q.restart_grace > now())
       AND NOT EXISTS (SELECT 1
                         FROM leasehold.session_parts AS h
                        WHERE h.queue = p.queue AND h.part = p.part AND h.role = 'owner')
), wrong AS (
    SELECT format('part %s has had no owner for %s s', part,
                  extract(epoch FROM now() - free_since)::int8) AS what
      FROM looked
     WHERE has_crew AND now() - free_since > ttl + interval '1 minute'
)
SELECT (SELECT count(*) FROM looked) AS looked_at,
       (SELECT count(*) FROM wrong) AS wrong,
       (SELECT string_agg(what, '; ') FROM (SELECT what FROM wrong LIMIT 3) AS few) AS examples

-- verify_session_expiry
WITH looked AS (
    SELECT id, heartbeat_at, expires_at, ttl FROM leasehold.sessions WHERE queue = $1
), wrong AS (
    SELECT format('session %s with a ttl of %s ms had its heartbeat at %s and expires at %s', id,
                  round(extract(epoch FROM ttl) * 1000)::int8, heartbeat_at, expires_at) AS what
      FROM looked
     WHERE extract(epoch FROM expires_at - heartbeat_at - ttl) > 1
)
SELECT (SELECT count(*) FROM looked) AS looked_at,
       (SELECT count(*) FROM wrong) AS wrong,
       (SELECT string_agg(what, '; ') FROM (SELECT what FROM wrong LIMIT 3) AS few) AS examples

-- audit_clear
TRUNCATE leasehold.item_audit_{queue}

-- audit_create
CREATE TABLE IF NOT EXISTS leasehold.item_audit_{queue}
    PARTITION OF leasehold.item_audit FOR VALUES IN ('{queue}');
CREATE OR REPLACE TRIGGER note_burial_{queue} BEFORE INSERT ON leasehold.dead_items
    FOR EACH ROW WHEN (NEW.queue = '{queue}') EXECUTE FUNCTION leasehold.note_burial();
CREATE OR REPLACE TRIGGER audit_{queue} AFTER DELETE ON leasehold.dead_items
    FOR EACH ROW WHEN (OLD.queue = '{queue}') EXECUTE FUNCTION leasehold.audit_dead_item()

-- audit_drop
DROP TABLE IF EXISTS leasehold.item_audit_{queue}

-- audit_end
DROP TRIGGER IF EXISTS note_burial_{queue} ON leasehold.dead_items;
DROP TRIGGER IF EXISTS audit_{queue} ON leasehold.dead_items

-- audit_lock
SET LOCAL lock_timeout = '10s';
LOCK TABLE leasehold.items_{queue}_{part} IN SHARE ROW EXCLUSIVE MODE

-- audit_part_off
DROP TRIGGER audit_item ON leasehold.items_{queue}_{part};
DROP TRIGGER audit_claim ON leasehold.items_{queue}_{part};
INSERT INTO leasehold.item_audit (queue, part, what) VALUES ('{queue}', {part}, 'switched_off')

-- audit_part_on
CREATE OR REPLACE TRIGGER audit_item AFTER INSERT OR DELETE ON leasehold.items_{queue}_{part}
    FOR EACH ROW EXECUTE FUNCTION leasehold.audit_item('{queue}');
CREATE OR REPLACE TRIGGER audit_claim AFTER UPDATE ON leasehold.items_{queue}_{part}
    FOR EACH ROW
    WHEN (OLD.claim IS DISTINCT FROM NEW.claim OR OLD.token <> NEW.token)
    EXECUTE FUNCTION leasehold.audit_item('{queue}');
INSERT INTO leasehold.item_audit (queue, part, what) VALUES ('{queue}', {part}, 'switched_on');
INSERT INTO leasehold.item_audit (queue, part, item, what, session, token, attempt)
SELECT '{queue}', part, id, 'found', claim, token, attempt FROM leasehold.items_{queue}_{part}

-- growth_empty
DO $$
BEGIN
    IF EXISTS (SELECT FROM leasehold.grown_{queue}_{part}) THEN
        TRUNCATE leasehold.grown_{queue}_{part};
    END IF;
END
$$

-- growth_lock
SET LOCAL lock_timeout = '2s';
LOCK TABLE leasehold.queue_{queue} IN EXCLUSIVE MODE

-- growth_swap
SET LOCAL lock_timeout = '10s';
LOCK TABLE leasehold.queue_{queue} IN ACCESS EXCLUSIVE MODE;
DO $$
DECLARE
    part int;
BEGIN
    ALTER TABLE leasehold.items_{queue} RENAME TO stale_{queue};
    FOR part IN 0 .. {old_parts} - 1 LOOP
        EXECUTE format('ALTER TABLE leasehold.%I RENAME TO %I',
                       'items_{queue}_' || part, 'stale_{queue}_' || part);
    END LOOP;
    ALTER TABLE leasehold.grown_{queue} RENAME TO items_{queue};
    PERFORM leasehold.hand_down_rights('leasehold.stale_{queue}', 'leasehold.items_{queue}');
    FOR part IN 0 .. {parts} - 1 LOOP
        EXECUTE format('ALTER TABLE leasehold.%I RENAME TO %I',
                       'grown_{queue}_' || part, 'items_{queue}_' || part);
        PERFORM leasehold.hand_down_rights(
            format('leasehold.%I', 'stale_{queue}_' || part * {old_parts} / {parts}),
            format('leasehold.%I', 'items_{queue}_' || part));
    END LOOP;
END
$$

-- index_names
DO $$
DECLARE
    one record;
BEGIN
    FOR one IN
        SELECT c.relname AS old, '{to}' || substr(c.relname, length('{from}') + 1) AS new
          FROM pg_catalog.pg_index AS i
          JOIN pg_catalog.pg_class AS c ON c.oid = i.indexrelid
         WHERE i.indrelid = 'leasehold.{table}'::regclass AND starts_with(c.relname, '{from}')
    LOOP
        IF to_regclass(format('leasehold.%I', one.new)) IS NULL THEN
            EXECUTE format('ALTER INDEX leasehold.%I RENAME TO %I', one.old, one.new);
        END IF;
    END LOOP;
END
$$

-- items_claimed_index
CREATE INDEX IF NOT EXISTS {items}_claimed
    ON leasehold.{items} (claim, claim_part) WHERE claim IS NOT NULL

-- items_create
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

-- items_drop
DROP TABLE IF EXISTS leasehold.{items} CASCADE

-- items_max_attempts
ALTER TABLE leasehold.{items} ALTER COLUMN max_attempts SET DEFAULT {max_attempts}

-- items_one_claim_per_key
CREATE UNIQUE INDEX IF NOT EXISTS {items}_one_claim_per_key
    ON leasehold.{items} (part, key) WHERE claim IS NOT NULL

-- items_one_dedupe_per_key
CREATE UNIQUE INDEX IF NOT EXISTS {items}_one_dedupe_per_key
    ON leasehold.{items} (part, key, dedupe) WHERE dedupe IS NOT NULL

-- items_part_function
CREATE OR REPLACE FUNCTION leasehold.items_{queue}_part(id uuid) RETURNS int
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$ SELECT leasehold.part_of(id, {parts}) $$

-- items_part_function_drop
DROP FUNCTION IF EXISTS leasehold.items_{queue}_part(uuid)

-- items_ready_index
CREATE INDEX IF NOT EXISTS {items}_ready
    ON leasehold.{items} (part, priority, run_at, id) WHERE claim IS NULL

-- items_renew_checks
ALTER TABLE leasehold.{items}
    DROP CONSTRAINT IF EXISTS an_item_lies_in_the_part_of_its_id,
    DROP CONSTRAINT IF EXISTS an_id_does_not_begin_with_the_time,
    ADD CONSTRAINT an_id_does_not_begin_with_the_time
        CHECK (get_byte(uuid_send(id), 6) NOT BETWEEN 96 AND 127)

-- items_renew_index
DROP INDEX IF EXISTS leasehold.{items}_ready

-- leaf_create
ALTER TABLE leasehold.{items} SPLIT AT VALUES ({part})

-- leaf_drop
DROP TABLE IF EXISTS leasehold.{items}_{part}

-- leaf_renew
DO $$
BEGIN
    IF NOT EXISTS (SELECT FROM pg_catalog.pg_constraint
                    WHERE conrelid = 'leasehold.{items}_{part}'::regclass AND coninhcount = 0
                      AND conname IN ('an_item_lies_in_the_part_of_its_id', 'renewed')) THEN
        EXECUTE format('ALTER TABLE leasehold.{items}_{part} '
                       'ADD CONSTRAINT renewed CHECK (id >= %L AND id <= %L)',
                       leasehold.lowest_id({part}, {parts}), leasehold.highest_id({part}, {parts}));
    END IF;
    IF NOT EXISTS (SELECT FROM pg_catalog.pg_indexes
                    WHERE schemaname = 'leasehold' AND tablename = '{items}_{part}'
                      AND indexdef LIKE '% (priority, run_at, id) WHERE (claim IS NULL)') THEN
        CREATE INDEX ON leasehold.{items}_{part} (priority, run_at, id) WHERE claim IS NULL;
    END IF;
END
$$

-- leaf_renewed
DO $$
BEGIN
    IF EXISTS (SELECT FROM pg_catalog.pg_constraint
                WHERE conrelid = 'leasehold.{items}_{part}'::regclass AND conname = 'renewed') THEN
        ALTER TABLE leasehold.{items}_{part}
            RENAME CONSTRAINT renewed TO an_item_lies_in_the_part_of_its_id;
    END IF;
END
$$

-- ring_create
CREATE SEQUENCE IF NOT EXISTS leasehold.ring_{queue} AS int8 MINVALUE 0;
DO $$
BEGIN
    EXECUTE (SELECT format('GRANT SELECT, UPDATE ON SEQUENCE leasehold.ring_{queue} TO %s',
                           proowner::regrole)
               FROM pg_proc WHERE oid = 'leasehold.ring(text, int)'::regprocedure);
END
$$

-- ring_drop
DROP SEQUENCE IF EXISTS leasehold.ring_{queue}

-- table_drop
DROP TABLE IF EXISTS leasehold.{table}

-- view_create
CREATE OR REPLACE VIEW leasehold.queue_{queue} AS
SELECT id, payload, key, priority, run_at, attempt, max_attempts, created_at,
       part, claim, token, last_error, dedupe, errors, progress, note, cancel_asked_at
  FROM leasehold.items_{queue}

-- view_trigger
CREATE OR REPLACE TRIGGER place_item INSTEAD OF INSERT ON leasehold.queue_{queue}
    FOR EACH ROW
    EXECUTE FUNCTION leasehold.place_item('{queue}', '{parts}', '{max_attempts}', '{keyed}')

