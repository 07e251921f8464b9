-- session_extend: the heartbeat of session $1, over the connection that holds the guard $2 (null:
-- none). Answers one row {state}, or none: dead for ever.
-- `expires_at > clock_timestamp()`: a session once expired is never revived (I7).
-- In doubt: believe nothing; trust runs on from the last answered heartbeat.
UPDATE leasehold.sessions
   SET heartbeat_at = clock_timestamp(), expires_at = clock_timestamp() + ttl, guard = $2::int8
 WHERE id = $1::uuid AND expires_at > clock_timestamp()
RETURNING state
