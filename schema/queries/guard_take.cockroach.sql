-- guard_take: a row that stands for this connection, without which none of its transactions
-- commits: see guard_stands. An advisory lock says yes to everybody here, or is not there at all.
-- Answers one row {taken}.
INSERT INTO leasehold.guards (id) VALUES ($1::int8) RETURNING true AS taken
