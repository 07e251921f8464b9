-- item_due: see item_due.sql. Items scheduled for later with a smaller priority are walked over.
(SELECT {part} AS part, c.priority,
        round(extract(epoch FROM c.run_at) * 1000000)::int8 AS run_at_us, c.id
   FROM {items} AS c
  WHERE c.part = {part} AND c.claim IS NULL AND c.run_at <= now()
    AND (c.priority, c.run_at, c.id) >
        (($1::int8[])[{place}],
         timestamptz 'epoch' + ($2::int8[])[{place}] * interval '1 microsecond',
         ($3::uuid[])[{place}])
  ORDER BY c.priority, c.run_at, c.id LIMIT 1)
