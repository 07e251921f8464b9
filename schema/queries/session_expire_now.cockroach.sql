-- session_expire_now: never here, where no guard tells that a connection is closed.
SELECT id FROM leasehold.sessions
 WHERE id = $1::uuid AND guard = $2::int8 AND expires_at = $3::timestamptz AND false
