-- item_claimed_by: what session $1 holds in part $2, as item_claim answers it.
SELECT i.id, i.payload, i.key, i.priority, i.attempt, i.max_attempts, i.token,
       (extract(epoch FROM i.run_at) * 1000000)::int8 AS run_at_us
  FROM {items} AS i
 WHERE i.part = $2::int AND i.claim = $1::uuid
