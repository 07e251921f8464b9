-- item_in_doubt: is anything ready in part {part} that an owner who is gone may have had in hand:
-- there, and due, before queue $1 came to be in doubt about the part (parts.doubt_before)? Answers
-- one row {part} if so, else none. Asked for many parts at once, joined by UNION ALL.
-- A hint, read outside SERIALIZABLE: what was due by then only ever becomes less, unless people put
-- items back in time.
SELECT {part} AS part
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
                WHERE c.claim IS NULL AND c.priority = l.priority
                  AND c.run_at <= (SELECT p.doubt_before FROM leasehold.parts AS p
                                    WHERE p.queue = $1 AND p.part = {part})
                  AND c.created_at <= (SELECT p.doubt_before FROM leasehold.parts AS p
                                        WHERE p.queue = $1 AND p.part = {part})
                LIMIT 1) AS old
         LIMIT 1) AS found
