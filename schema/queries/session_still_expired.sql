-- session_still_expired: is session $1 there, expired at the very time $2? Then it is this
-- transaction's to reap until its end, if it is nobody else's at this moment. Answers one row
-- {is_there, is_mine}.
-- First statement of every step that reaps: compare, then act, in one transaction.
-- NO KEY: a transaction of the session's own that is making a lease, and whose process was stopped
-- there, must not keep the rest from being reaped.
WITH mine AS MATERIALIZED (
    SELECT id FROM leasehold.sessions
     WHERE id = $1::uuid AND expires_at = $2::timestamptz AND expires_at <= clock_timestamp()
       FOR NO KEY UPDATE SKIP LOCKED
)
SELECT EXISTS (SELECT 1 FROM leasehold.sessions
                WHERE id = $1::uuid AND expires_at = $2::timestamptz
                  AND expires_at <= clock_timestamp()) AS is_there,
       EXISTS (SELECT 1 FROM mine) AS is_mine
