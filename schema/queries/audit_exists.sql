-- audit_exists: has queue $1 a share of the audit? Answers one row {there}.
SELECT to_regclass('leasehold.item_audit_' || $1) IS NOT NULL AS there
