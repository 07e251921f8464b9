-- verify_one_owner (I1): a part of queue $1 has at most one owner.
-- Answers one row {looked_at, wrong, examples}, as all verify statements: how many were looked at,
-- how many of them break the rule, and up to three of those, in words.
WITH looked AS (
    SELECT part, id FROM leasehold.session_parts WHERE queue = $1 AND role = 'owner'
), wrong AS (
    SELECT format('part %s has %s owners: %s', part, count(*), string_agg(id::text, ', ')) AS what
      FROM looked
     GROUP BY part
    HAVING count(*) > 1
)
SELECT (SELECT count(*) FROM looked) AS looked_at,
       (SELECT count(*) FROM wrong) AS wrong,
       (SELECT string_agg(what, '; ') FROM (SELECT what FROM wrong LIMIT 3) AS few) AS examples
