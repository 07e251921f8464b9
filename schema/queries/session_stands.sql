-- session_stands: answers one row when session $1 is not expired. It never was then, so nobody took
-- a claim from it.
SELECT id FROM leasehold.sessions WHERE id = $1::uuid AND expires_at > clock_timestamp()
