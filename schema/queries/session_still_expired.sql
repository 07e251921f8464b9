-- session_still_expired: answers one row when session $1 is expired at the very time $2 and nobody
-- else is reaping it at this moment, else none.
-- First statement of every step that reaps: compare, then act, in one transaction.
SELECT id FROM leasehold.sessions
 WHERE id = $1::uuid AND expires_at = $2::timestamptz AND expires_at <= clock_timestamp()
   FOR UPDATE SKIP LOCKED
