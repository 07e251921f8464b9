-- item_in_doubt: see item_in_doubt.sql.
SELECT {part} AS part
  FROM (SELECT 1 AS one
          FROM {items} AS c
         CROSS JOIN (SELECT doubt_before
                       FROM leasehold.parts
                      WHERE queue = $1::text AND part = {part}) AS p
         WHERE c.part = {part} AND c.claim IS NULL
           AND c.run_at <= p.doubt_before AND c.created_at <= p.doubt_before
         LIMIT 1) AS found
