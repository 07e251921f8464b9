-- transaction_status: what became of the transaction that called itself $1. If its row is not
-- there, one is put in its place, so that it can never come: whoever asks has to commit.
-- Answers one row {status}: committed or aborted, or null for one of over a day ago, whose row may
-- have been taken away (commits_forget).
WITH refused AS (
    INSERT INTO leasehold.commits (name, kept)
    SELECT split_part($1::text, '@', 1)::uuid, false
     WHERE split_part($1::text, '@', 2)::int8 > extract(epoch FROM now()) - 86400
    ON CONFLICT (name) DO NOTHING
    RETURNING name
)
SELECT CASE WHEN split_part($1::text, '@', 2)::int8 <= extract(epoch FROM now()) - 86400
            THEN NULL
            WHEN (SELECT count(*) FROM refused) = 0
                 AND (SELECT kept FROM leasehold.commits
                       WHERE name = split_part($1::text, '@', 1)::uuid)
            THEN 'committed' ELSE 'aborted' END AS status
