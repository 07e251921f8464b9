-- item_help: see item_help.sql. From the far end of the whole order, where it meets the owner last:
-- rows that others are claiming cannot be skipped on all versions (SKIP LOCKED is of 22.2).
UPDATE {items}
   SET claim = $1::uuid, claim_part = part, token = greatest(token, $4::int8) + 1,
       attempt = attempt + 1
 WHERE part = $2::int8 AND claim IS NULL AND run_at <= now()
 ORDER BY priority DESC, run_at DESC, id DESC LIMIT $3::int8
RETURNING id, payload, key, priority, attempt, max_attempts, token,
          round(extract(epoch FROM run_at) * 1000000)::int8 AS run_at_us,
          cancel_asked_at IS NOT NULL AS cancel_asked
