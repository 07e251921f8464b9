-- growth_alone: from now on this connection, and no other, grows queue $1, until growth_not_alone
-- or its end. Answers one row {alone}: false when another does so already.
SELECT pg_try_advisory_lock(hashtextextended('leasehold growth ' || $1::text, 0)) AS alone
