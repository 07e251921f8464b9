-- time_ago: the server's time $1 seconds ago. Answers one row {time}.
SELECT (clock_timestamp() - $1::int8 * interval '1 second')::text AS time
