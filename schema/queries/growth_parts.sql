-- growth_parts: queue $1 has $2 parts from now on, planned for nobody. Their epochs go on behind
-- those of all parts until now: a part's number names another slice of the ids than before, and
-- whatever number one looks at, its epochs only rise. The load of a part is divided evenly;
-- what is in doubt in it stays so.
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
