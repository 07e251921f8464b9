-- item_due: has part {part} a due item, and how urgent is its first one? One row {part, priority,
-- run_at_us}, or none. Asked for many parts at once, joined by UNION ALL: over the whole table the
-- server would lock and open every part of the queue, whoever holds it.
-- A hint, read outside SERIALIZABLE: item_claim decides.
SELECT {part} AS part, head.priority, head.run_at_us
  FROM (WITH RECURSIVE level AS (
            (SELECT c.priority
               FROM {items} AS c
              WHERE c.claim IS NULL
              ORDER BY c.priority LIMIT 1)
            UNION ALL
            SELECT (SELECT c.priority
                      FROM {items} AS c
                     WHERE c.claim IS NULL AND c.priority > l.priority
                     ORDER BY c.priority LIMIT 1)
              FROM level AS l
             WHERE l.priority IS NOT NULL
        )
        SELECT due.priority, due.run_at_us
          FROM level AS l
         CROSS JOIN LATERAL (
               SELECT c.priority, (date_part('epoch', c.run_at) * 1000000)::int8 AS run_at_us
                 FROM {items} AS c
                WHERE c.claim IS NULL AND c.priority = l.priority AND c.run_at <= now()
                ORDER BY c.run_at LIMIT 1) AS due
         LIMIT 1) AS head
