-- connection_ended: sees to it that nothing the connection of the row $1 has sent can still be
-- committed: see guard_stands. What is looked at from now on stays as it is. May be asked again.
-- Answers one row {ended, told}.
WITH ended AS (
    DELETE FROM leasehold.guards WHERE id = $1::int8 RETURNING id
)
SELECT true AS ended, count(*) AS told FROM ended
