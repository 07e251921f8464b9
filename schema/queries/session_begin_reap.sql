-- session_begin_reap: from now on no plan counts with session $1, which is expired at the very time
-- $2. Answers one row {id} when it did until now.
UPDATE leasehold.sessions
   SET state = 'leaving'
 WHERE id = $1::uuid AND expires_at = $2::timestamptz AND expires_at <= clock_timestamp()
   AND state <> 'leaving'
RETURNING id
