-- item_due: which of the parts $1 have a due item, and how urgent the first one is.
-- Answers rows {part, priority, run_at_us}. A hint, read outside SERIALIZABLE: item_claim decides.
SELECT p.part, head.priority, head.run_at_us
  FROM unnest($1::int[]) AS p (part)
 CROSS JOIN LATERAL (
       WITH RECURSIVE level AS (
           (SELECT c.priority
              FROM {items} AS c
             WHERE c.part = p.part AND c.claim IS NULL
             ORDER BY c.priority LIMIT 1)
           UNION ALL
           SELECT (SELECT c.priority
                     FROM {items} AS c
                    WHERE c.part = p.part AND c.claim IS NULL AND c.priority > l.priority
                    ORDER BY c.priority LIMIT 1)
             FROM level AS l
            WHERE l.priority IS NOT NULL
       )
       SELECT due.priority, due.run_at_us
         FROM level AS l
        CROSS JOIN LATERAL (
              SELECT c.priority, (extract(epoch FROM c.run_at) * 1000000)::int8 AS run_at_us
                FROM {items} AS c
               WHERE c.part = p.part AND c.claim IS NULL AND c.priority = l.priority
                 AND c.run_at <= now()
               ORDER BY c.run_at LIMIT 1) AS due
        LIMIT 1) AS head
