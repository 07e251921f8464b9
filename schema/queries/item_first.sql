-- item_first: the first unclaimed item of part {part}, in the order of claims: one row {part,
-- priority, run_at_us, id, due}, or none. Asked for many parts at once, joined by UNION ALL. What
-- an idle session asks: of empty parts it says as much as item_due, and takes half the time.
-- A hint, read outside SERIALIZABLE.
(SELECT {part} AS part, c.priority, (date_part('epoch', c.run_at) * 1000000)::int8 AS run_at_us,
        c.id, c.run_at <= now() AS due
   FROM {items} AS c
  WHERE c.claim IS NULL
  ORDER BY c.priority, c.run_at, c.id LIMIT 1)
