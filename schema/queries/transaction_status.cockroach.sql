-- transaction_status: what became of the transaction that called itself $1. If its row is not
-- there, one is put in its place, so that it can never come: whoever asks has to commit.
-- Answers one row {status}: committed or aborted.
WITH refused AS (
    INSERT INTO leasehold.commits (name, kept) VALUES ($1::uuid, false)
    ON CONFLICT (name) DO NOTHING
    RETURNING name
)
SELECT CASE WHEN (SELECT count(*) FROM refused) = 0
                 AND (SELECT kept FROM leasehold.commits WHERE name = $1::uuid)
            THEN 'committed' ELSE 'aborted' END AS status
