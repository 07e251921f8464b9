-- queue_live_sessions: how many sessions of queue $1 are not expired. Answers one row {count}.
SELECT count(*) FROM leasehold.sessions WHERE queue = $1 AND expires_at > clock_timestamp()
