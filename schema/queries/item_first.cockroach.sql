-- item_first: see item_first.sql.
(SELECT {part} AS part, c.priority, c.run_at, c.id
   FROM {items} AS c
  WHERE c.part = {part} AND c.claim IS NULL
  ORDER BY c.priority, c.run_at, c.id LIMIT 1)
