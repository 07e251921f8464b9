-- session_expire: session $1 expires now, cordoned, so that no restart waits for its parts; others
-- reap it. Its heartbeat finds it gone.
-- Answers one row {queue, changed: true}, or none when it does not stand.
UPDATE leasehold.sessions
   SET expires_at = clock_timestamp(), cordoned = true,
       heartbeat_at = least(heartbeat_at, statement_timestamp() - interval '1 microsecond')
 WHERE id = $1::uuid AND expires_at > clock_timestamp()
RETURNING queue, true AS changed
