-- item_first: the first unclaimed item of part {part}, in the order of claims: one row {part,
-- priority, run_at, id}, or none. Asked for many parts at once, joined by UNION ALL, within
-- item_firsts.
(SELECT {part} AS part, c.priority, c.run_at, c.id
   FROM {items} AS c
  WHERE c.claim IS NULL
  ORDER BY c.priority, c.run_at, c.id LIMIT 1)
