-- session_cordon: session $1 is cordoned from now on ($2), or is not any more. One that is evicted
-- stays as it is. Answers one row {queue, is_evicted, changed}, or none when it does not stand.
UPDATE leasehold.sessions AS s
   SET cordoned = CASE WHEN s.state = 'evicted' THEN s.cordoned ELSE $2::bool END
  FROM leasehold.sessions AS before
 WHERE s.id = $1::uuid AND before.id = s.id AND s.expires_at > clock_timestamp()
RETURNING s.queue, s.state = 'evicted' AS is_evicted, before.cordoned <> s.cordoned AS changed
