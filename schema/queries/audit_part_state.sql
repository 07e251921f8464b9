-- audit_part_state: which of the audit's triggers does the part's table {items} have? Answers one
-- row {there, firing}: 2 each when the part is audited.
SELECT count(*) AS there, count(*) FILTER (WHERE tgenabled IN ('O', 'A')) AS firing
  FROM pg_catalog.pg_trigger
 WHERE tgrelid = '{items}'::regclass AND tgname IN ('audit_item', 'audit_claim')
