-- item_first: see item_first.sql.
(SELECT {part} AS part, c.priority,
        round(extract(epoch FROM c.run_at) * 1000000)::int8 AS run_at_us, c.id,
        c.run_at <= now() AS due
   FROM {items} AS c
  WHERE c.part = {part} AND c.claim IS NULL
  ORDER BY c.priority, c.run_at, c.id LIMIT 1)
