-- item_backlog: how many items of part {part} are due, $1 at most. One row {part, backlog}. Asked
-- for many parts at once, joined by UNION ALL: see item_due.
-- Priorities are walked one by one, so a million items scheduled for later cost one probe.
-- A hint, read outside SERIALIZABLE.
SELECT {part} AS part, count(*) AS backlog
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
        SELECT
          FROM level AS l
         CROSS JOIN LATERAL (
               SELECT
                 FROM {items} AS c
                WHERE c.claim IS NULL AND c.priority = l.priority AND c.run_at <= now()
                LIMIT $1::int8) AS due
         LIMIT $1::int8) AS waiting
