-- ownership_list: changes of hands in queue $1, the latest first, at most $6: of part $2, with the
-- session that $3 names (a name, or at least 4 characters of an id's beginning), and not before $4
-- nor longer than $5 ms ago. Null: any.
-- Answers rows {at, part, epoch, from_session, from_name, to_session, to_name, role, reason, plan};
-- a name is known while the session stands or its seat is kept.
WITH known AS (
    SELECT id, name FROM leasehold.sessions WHERE queue = $1
    UNION
    SELECT session, name FROM leasehold.vacant_seats WHERE queue = $1
)
SELECT to_char(l.at, 'YYYY-MM-DD HH24:MI:SS.USTZH:TZM') AS at, l.part, l.epoch,
       l.from_session, f.name AS from_name, l.to_session, t.name AS to_name,
       l.role, l.reason, l.plan
  FROM leasehold.ownership_log AS l
  LEFT JOIN known AS f ON f.id = l.from_session
  LEFT JOIN known AS t ON t.id = l.to_session
 WHERE l.queue = $1
   AND ($2::int IS NULL OR l.part = $2::int)
   AND ($3::text IS NULL OR $3 IN (f.name, t.name)
        OR (length($3) >= 4 AND (starts_with(l.from_session::text, lower($3))
                                 OR starts_with(l.to_session::text, lower($3)))))
   AND ($4::timestamptz IS NULL OR l.at >= $4::timestamptz)
   AND ($5::int8 IS NULL OR l.at >= clock_timestamp() - $5::int8 * interval '1 millisecond')
 ORDER BY l.at DESC, l.part DESC, l.epoch DESC, l.to_session IS NOT NULL
 LIMIT $6::int
