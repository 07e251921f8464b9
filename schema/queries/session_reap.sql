-- session_reap: ends session $1 if it is expired at the very time $2 that was seen before.
-- Deleted, not marked, so a late heartbeat finds nothing to revive. Answers one row {was_live}, or
-- none.
-- SKIP LOCKED: whoever is making a lease for it would have to be waited for.
DELETE FROM leasehold.sessions
 WHERE id = (SELECT id FROM leasehold.sessions
              WHERE id = $1::uuid AND expires_at = $2::timestamptz
                AND expires_at <= clock_timestamp()
                FOR UPDATE SKIP LOCKED)
RETURNING state = 'live' AS was_live
