-- transaction_id: the server gives transactions no names, so this one leaves a row with a name of
-- its own, which is there if and only if it was committed, for as long as commits_forget leaves it.
-- The second of the epoch in which that was goes with the name. Answers one row {id}.
INSERT INTO leasehold.commits (at) VALUES (clock_timestamp())
RETURNING name::text || '@' || floor(extract(epoch FROM at))::int8::text AS id
