-- guard_stands: is the row $1 there, which stands for the connection that asks? Fails with 22012
-- when it is not. First in each transaction whose COMMIT somebody may have to look back on: after
-- the row's deletion was committed (connection_ended), a transaction that read it earlier can no
-- longer write to what was looked at since, and one that reads it later fails here.
SELECT 1 / count(*) AS stands FROM leasehold.guards WHERE id = $1::int8
