-- item_held: see item_held.sql; there is no date_part() here.
SELECT i.id, i.payload, i.key, i.priority, i.attempt, i.max_attempts, i.token,
       round(extract(epoch FROM i.run_at) * 1000000)::int8 AS run_at_us,
       i.cancel_asked_at IS NOT NULL AS cancel_asked
  FROM {items} AS i
 WHERE i.part = {part} AND i.claim = $1::uuid
