-- commits_forget: takes away up to $1 names of transactions, of $2 and later, that are too old to
-- be asked for: see transaction_status, and a day of room. What a call took away is walked over by
-- the next one, for hours, unless that begins at the last of it. Answers one row {gone, last}.
WITH gone AS (
    DELETE FROM leasehold.commits
     WHERE at >= $2::timestamptz AND at < now() - INTERVAL '2 days'
     ORDER BY at LIMIT $1::int8
    RETURNING at
)
SELECT count(*) AS gone, max(at)::text AS last FROM gone
