-- transaction_id: the server gives transactions no names, so this one leaves a row with a name of
-- its own, which is there if and only if it was committed. Answers one row {id}.
INSERT INTO leasehold.commits (at) VALUES (clock_timestamp()) RETURNING name::text AS id
