-- help_due: how long has the longest due item of part {part} waited for a claim? One row {part,
-- waited_us}, or none. Of any priority: what is less urgent must not wait for ever behind a busy
-- owner while others are idle. Asked for many parts at once, joined by UNION ALL.
-- A hint, read outside SERIALIZABLE.
SELECT {part} AS part, head.waited_us
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
        SELECT (extract(epoch FROM now() - min(due.run_at)) * 1000000)::int8 AS waited_us
          FROM level AS l
         CROSS JOIN LATERAL (
               SELECT c.run_at
                 FROM {items} AS c
                WHERE c.claim IS NULL AND c.priority = l.priority AND c.run_at <= now()
                ORDER BY c.run_at LIMIT 1) AS due) AS head
 WHERE head.waited_us IS NOT NULL
