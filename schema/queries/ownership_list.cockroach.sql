-- ownership_list: see ownership_list.sql. A name is compared as the beginning of a UUID, which
-- has nothing that LIKE would take for a pattern.
WITH known AS (
    SELECT id, name FROM leasehold.sessions WHERE queue = $1
    UNION
    SELECT session, name FROM leasehold.vacant_seats WHERE queue = $1
)
SELECT l.at::text AS at, l.part, l.epoch,
       l.from_session, f.name AS from_name, l.to_session, t.name AS to_name,
       l.role, l.reason, l.plan
  FROM leasehold.ownership_log AS l
  LEFT JOIN known AS f ON f.id = l.from_session
  LEFT JOIN known AS t ON t.id = l.to_session
 WHERE l.queue = $1
   AND ($2::int IS NULL OR l.part = $2::int)
   AND ($3::text IS NULL OR $3 IN (f.name, t.name)
        OR (length($3) >= 4 AND (l.from_session::text LIKE lower($3) || '%'
                                 OR l.to_session::text LIKE lower($3) || '%')))
   AND ($4::timestamptz IS NULL OR l.at >= $4::timestamptz)
   AND ($5::int8 IS NULL OR l.at >= clock_timestamp() - $5::int8 * interval '1 millisecond')
 ORDER BY l.at DESC, l.part DESC, l.epoch DESC, l.to_session IS NOT NULL
 LIMIT $6::int
