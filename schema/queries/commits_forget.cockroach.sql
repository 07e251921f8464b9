-- commits_forget: takes away up to $1 names of transactions that are too old to be asked for: see
-- transaction_status, and a day of room. Answers a row for each.
DELETE FROM leasehold.commits
 WHERE at < now() - INTERVAL '2 days'
 ORDER BY at LIMIT $1::int8
RETURNING true AS gone
