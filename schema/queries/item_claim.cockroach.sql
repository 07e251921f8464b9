-- item_claim: see item_claim.sql. The server has UPDATE ... ORDER BY ... LIMIT, which walks the
-- index of what is ready and stops; found by a list of ids from a subselect, the rows would be
-- looked for in the whole table. Items scheduled for later with a smaller priority are walked over.
UPDATE {items}
   SET claim = $1::uuid, claim_part = part, token = greatest(token, $7::int8) + 1,
       attempt = attempt + 1
 WHERE part = $2::int8 AND claim IS NULL AND run_at <= now()
   AND (priority, run_at, id) >
       ($4::int8, timestamptz 'epoch' + $5::int8 * interval '1 microsecond', $6::uuid)
 ORDER BY priority, run_at, id LIMIT $3::int8
RETURNING id, payload, key, priority, attempt, max_attempts, token,
          round(extract(epoch FROM run_at) * 1000000)::int8 AS run_at_us,
          cancel_asked_at IS NOT NULL AS cancel_asked
