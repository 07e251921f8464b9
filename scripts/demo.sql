-- demo.sql: what scripts/demo-run keeps beside Leasehold's own tables, and how it looks at those.
-- What it tells of each step of the play is what the ownership log says of it.

-- When each step began, by the clock of the ownership log.
CREATE TABLE steps (step text, since timestamptz NOT NULL DEFAULT clock_timestamp());
-- Sessions by the letter of their worker: leasehold.sessions forgets who has left.
CREATE TABLE fleet (session uuid PRIMARY KEY, worker text);
-- Of the worker that is killed: its parts before, its claims after.
CREATE TABLE parts_lost (part int, epoch bigint);
CREATE TABLE items_interrupted (id uuid, token bigint);
-- Without any constraint on the path, so that a second checksum of a file would be seen.
CREATE TABLE checksums (id uuid, path text, sum text, token bigint, worker text,
                        at timestamptz NOT NULL DEFAULT clock_timestamp());

-- The strip, a letter for each part; the same of helpers, in lower case; items that are due or
-- claimed, and those that are done.
CREATE FUNCTION look()
RETURNS TABLE (strip text, helpers text, open bigint, done bigint) LANGUAGE sql AS $$
    INSERT INTO fleet SELECT id, right(name, 1) FROM leasehold.sessions ON CONFLICT DO NOTHING;
    WITH hold AS (
        SELECT p.part,
               min(f.worker) FILTER (WHERE h.role = 'owner') AS owner,
               min(f.worker) FILTER (WHERE h.role = 'helper') AS helper,
               count(*) FILTER (WHERE h.role = 'helper') AS helpers
          FROM leasehold.parts p
          LEFT JOIN leasehold.session_parts h ON h.queue = p.queue AND h.part = p.part
          LEFT JOIN fleet f ON f.session = h.id
         WHERE p.queue = 'files'
         GROUP BY p.part
    )
    SELECT string_agg(coalesce(owner, '.'), '' ORDER BY part),
           string_agg(CASE WHEN helpers > 1 THEN '+' ELSE coalesce(lower(helper), '.') END, ''
                      ORDER BY part),
           (SELECT count(*) FROM leasehold.items_files WHERE claim IS NOT NULL OR run_at <= now()),
           (SELECT count(*) FROM checksums)
      FROM hold
$$;

-- Seconds for people.
CREATE FUNCTION shown(passed interval) RETURNS text LANGUAGE sql AS $$
    SELECT coalesce(round(extract(epoch FROM passed), 2)::text, '-') || ' s'
$$;

-- The ownership log since a step began. A part goes from hand to hand when neither side is null.
CREATE FUNCTION moves_since(of_step text)
RETURNS TABLE (part int, epoch bigint, role text, giver text, taker text, hand_to_hand bool,
               after interval)
LANGUAGE sql AS $$
    SELECT l.part, l.epoch, l.role, g.worker, t.worker,
           l.from_session IS NOT NULL AND l.to_session IS NOT NULL, l.at - s.since
      FROM steps s
      JOIN leasehold.ownership_log l ON l.queue = 'files' AND l.at >= s.since
      LEFT JOIN fleet g ON g.session = l.from_session
      LEFT JOIN fleet t ON t.session = l.to_session
     WHERE s.step = of_step
$$;

-- Each of these says what came of a step, and whether it was as promised.

CREATE FUNCTION told_join() RETURNS TABLE (as_promised bool, words text) LANGUAGE sql AS $$
    SELECT coalesce(bool_and(hand_to_hand) AND bool_or(taker = 'E'), false),
           format('%s parts moved in %s, %s of them to worker-E; %s were without an owner',
                  count(DISTINCT part), shown(max(after)),
                  count(DISTINCT part) FILTER (WHERE taker = 'E'),
                  count(*) FILTER (WHERE NOT hand_to_hand))
      FROM moves_since('join')
     WHERE role = 'owner'
$$;

CREATE FUNCTION told_leave() RETURNS TABLE (as_promised bool, words text) LANGUAGE sql AS $$
    SELECT coalesce(bool_and(hand_to_hand) AND bool_or(giver = 'B'), false),
           format('worker-B gave away its %s parts in %s and ended; %s were without an owner',
                  count(DISTINCT part) FILTER (WHERE giver = 'B'),
                  shown(max(after) FILTER (WHERE giver = 'B')),
                  count(*) FILTER (WHERE NOT hand_to_hand))
      FROM moves_since('leave')
     WHERE role = 'owner'
$$;

CREATE FUNCTION told_crash() RETURNS TABLE (as_promised bool, words text) LANGUAGE sql AS $$
    WITH retaken AS (
        SELECT l.part, min(m.after) AS after
          FROM parts_lost l
          LEFT JOIN moves_since('crash') m
            ON m.part = l.part AND m.epoch > l.epoch AND m.role = 'owner' AND m.taker <> 'C'
         GROUP BY l.part
    ), again AS (
        SELECT i.id, c.at - s.since AS after
          FROM steps s
         CROSS JOIN items_interrupted i
          LEFT JOIN checksums c ON c.id = i.id AND c.token > i.token
         WHERE s.step = 'crash'
    )
    SELECT count(*) > 0 AND count(*) = count(r.after),
           format('%s of %s parts taken in %s, ',
                  count(r.after), count(*), shown(max(r.after))) ||
           (SELECT CASE WHEN count(*) = 0 THEN 'nothing was claimed'
                        ELSE format('%s of %s items run again in turn, by %s',
                                    count(after), count(*), shown(max(after)))
                   END
              FROM again)
      FROM retaken r
$$;

-- Both idle workers are to have helped: none is idle while an item waits.
CREATE FUNCTION told_help() RETURNS TABLE (as_promised bool, words text) LANGUAGE sql AS $$
    WITH helped AS (
        SELECT count(*) AS leases, count(DISTINCT taker) AS workers
          FROM moves_since('help') WHERE role = 'helper' AND taker IS NOT NULL
    ), run AS (
        SELECT c.worker, count(*) AS items, max(c.at) - min(s.since) AS after
          FROM checksums c JOIN steps s ON s.step = 'help' AND c.at >= s.since
         GROUP BY c.worker
    )
    SELECT (SELECT workers FROM helped) = 2 AND count(*) = 3,
           format('done in %s, not %s s: %s; %s leases as helpers', shown(max(after)), sum(items),
                  string_agg(format('worker-%s %s', worker, items), ', ' ORDER BY worker),
                  (SELECT leases FROM helped))
      FROM run
$$;
