-- item_firsts: see item_firsts.sql.
SELECT head.part, head.priority,
       round(extract(epoch FROM head.run_at) * 1000000)::int8 AS run_at_us, head.id,
       head.run_at <= now() AS due
  FROM (
{each}
) AS head
