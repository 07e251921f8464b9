-- growth_held: what is in the way of growing queue $1: leases, sessions that have them, and parts
-- that are planned for somebody. Answers one row {leases, sessions, planned}.
SELECT (SELECT count(*) FROM leasehold.session_parts WHERE queue = $1) AS leases,
       (SELECT count(DISTINCT id) FROM leasehold.session_parts WHERE queue = $1) AS sessions,
       (SELECT count(*) FROM leasehold.parts WHERE queue = $1 AND planned_for IS NOT NULL)
           AS planned
