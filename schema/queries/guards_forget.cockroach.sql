-- guards_forget: takes away up to $1 rows of connections that began at $2 or later, 30 days ago.
-- Those are over, or begin anew: see guard_stands. Answers as commits_forget does.
WITH gone AS (
    DELETE FROM leasehold.guards
     WHERE taken_at >= $2::timestamptz AND taken_at < now() - INTERVAL '30 days'
     ORDER BY taken_at LIMIT $1::int8
    RETURNING taken_at
)
SELECT count(*) AS gone, max(taken_at)::text AS last FROM gone
