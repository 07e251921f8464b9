-- session_expire_now: session $1 expires now, not at $3: nobody holds its guard $2 any more, so the
-- connection of its heartbeats is closed. Answers one row {id}, or none: it has beaten meanwhile,
-- over whatever connection, or is expired already.
UPDATE leasehold.sessions
   SET expires_at = clock_timestamp()
 WHERE id = $1::uuid AND guard = $2::int8 AND expires_at = $3::timestamptz
   AND expires_at > clock_timestamp() AND pg_try_advisory_xact_lock_shared($2::int8)
RETURNING id
