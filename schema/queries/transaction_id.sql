-- transaction_id: this transaction's id, to ask transaction_status with. Answers one row {id}.
SELECT pg_current_xact_id()::text AS id
