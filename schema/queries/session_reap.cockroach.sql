-- session_reap: see session_reap.sql. Who is making a lease for it is waited for.
DELETE FROM leasehold.sessions
 WHERE id = $1::uuid AND expires_at = $2::timestamptz AND expires_at <= clock_timestamp()
RETURNING state = 'live' AS was_live
