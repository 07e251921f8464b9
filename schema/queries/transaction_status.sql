-- transaction_status: what became of transaction $1, whose COMMIT got no answer. Answers one row
-- {status}: committed, aborted, in progress, or null when that is too long ago.
-- 22023 when this server never came that far: it took over from one that was ahead of it.
SELECT pg_xact_status($1::xid8) AS status
