-- help_due: see help_due.sql; of the most urgent item that is due, rather than of the one of all
-- priorities that waits longest.
(SELECT {part} AS part, round(extract(epoch FROM now() - c.run_at) * 1000000)::int8 AS waited_us
   FROM {items} AS c
  WHERE c.part = {part} AND c.claim IS NULL AND c.run_at <= now()
  ORDER BY c.priority, c.run_at, c.id LIMIT 1)
