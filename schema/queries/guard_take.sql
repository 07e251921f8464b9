-- guard_take: takes the advisory lock $1, which nobody else has, until the connection ends: see
-- connection_ended. Answers one row {taken}.
SELECT pg_try_advisory_lock($1::int8) AS taken
