-- transaction_status: what became of transaction $1, whose COMMIT got no answer. Answers one row
-- {status}: committed, aborted, in progress, or null when this server cannot say.
SELECT leasehold.commit_fate($1::xid8) AS status
