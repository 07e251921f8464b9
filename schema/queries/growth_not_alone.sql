-- growth_not_alone: ends growth_alone. Answers one row {was_alone}.
SELECT pg_advisory_unlock(hashtextextended('leasehold growth ' || $1::text, 0)) AS was_alone
