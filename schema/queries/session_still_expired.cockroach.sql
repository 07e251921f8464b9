-- session_still_expired: see session_still_expired.sql. Two who reap at once conflict, and one of
-- them is run again and finds it done.
SELECT count(*) > 0 AS is_there, count(*) > 0 AS is_mine
  FROM leasehold.sessions
 WHERE id = $1::uuid AND expires_at = $2::timestamptz AND expires_at <= clock_timestamp()
