-- session_evict: the next heartbeat of session $1 is answered with `evicted`: drain and end. One
-- that is leaving does so already. Cordoned too, so that its seat is not kept for a restart.
-- Answers one row {queue, changed}, or none when it does not stand.
UPDATE leasehold.sessions AS s
   SET cordoned = true, state = CASE WHEN s.state = 'live' THEN 'evicted' ELSE s.state END
  FROM leasehold.sessions AS before
 WHERE s.id = $1::uuid AND before.id = s.id AND s.expires_at > clock_timestamp()
RETURNING s.queue, before.state <> s.state OR NOT before.cordoned AS changed
