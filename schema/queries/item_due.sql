-- item_due: has part {part} a due item, and which is its first one? One row {part, priority,
-- run_at_us, id}, or none. Asked for many parts at once, joined by UNION ALL: over the whole table
-- the server would lock and open every part of the queue, whoever holds it. Of the one asked for
-- as number {place} only what comes behind the place ($1[{place}], $2[{place}], $3[{place}]) is
-- looked at: see item_claim.
-- A hint, read outside SERIALIZABLE: item_claim decides.
SELECT {part} AS part, head.priority, head.run_at_us, head.id
  FROM (WITH RECURSIVE level AS (
            (SELECT c.priority, c.run_at, c.id
               FROM {items} AS c
              WHERE c.claim IS NULL
                AND (c.priority, c.run_at, c.id) >
                    (($1::int[])[{place}],
                     timestamptz 'epoch' + ($2::int8[])[{place}] * interval '1 microsecond',
                     ($3::uuid[])[{place}])
              ORDER BY c.priority, c.run_at, c.id LIMIT 1)
            UNION ALL
            SELECT n.priority, n.run_at, n.id
              FROM level AS l
             CROSS JOIN LATERAL (
                   SELECT c.priority, c.run_at, c.id
                     FROM {items} AS c
                    WHERE c.claim IS NULL AND c.priority > l.priority
                    ORDER BY c.priority, c.run_at, c.id LIMIT 1) AS n
        )
        SELECT l.priority, (date_part('epoch', l.run_at) * 1000000)::int8 AS run_at_us, l.id
          FROM level AS l
         WHERE l.run_at <= now()
         LIMIT 1) AS head
