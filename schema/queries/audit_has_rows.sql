-- audit_has_rows: does the audit say anything about queue $1? Answers one row {has}.
SELECT EXISTS (SELECT FROM leasehold.item_audit WHERE queue = $1) AS has
