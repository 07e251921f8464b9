-- item_firsts: the first unclaimed item of each of some parts: a row {part, priority, run_at_us,
-- id, due} for each that has one. {each} is item_first for all of them. What an idle session asks:
-- of empty parts it says as much as item_due, and takes half the time. The times are computed out
-- here, since within {each} the server would set their expressions up for each part, row or none.
-- A hint, read outside SERIALIZABLE.
SELECT head.part, head.priority, (date_part('epoch', head.run_at) * 1000000)::int8 AS run_at_us,
       head.id, head.run_at <= now() AS due
  FROM (
{each}
) AS head
