-- guards_forget: takes away up to $1 rows of connections that began 30 days ago. Those are over, or
-- begin anew: see guard_stands. Answers a row for each.
DELETE FROM leasehold.guards
 WHERE taken_at < now() - INTERVAL '30 days'
 ORDER BY taken_at LIMIT $1::int8
RETURNING true AS gone
