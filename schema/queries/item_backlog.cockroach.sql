-- item_backlog: see item_backlog.sql.
SELECT {part} AS part, count(*) AS backlog
  FROM (SELECT 1 AS one
          FROM {items} AS c
         WHERE c.part = {part} AND c.claim IS NULL AND c.run_at <= now()
         LIMIT $1::int8) AS waiting
