-- verify_lease_session (I1): every lease in queue $1 is held by a session of that queue, on a part
-- of it.
-- Answers one row {looked_at, wrong, examples}.
WITH looked AS (
    SELECT h.id, h.part, s.id IS NOT NULL AS has_session, p.part IS NOT NULL AS has_part
      FROM leasehold.session_parts AS h
      LEFT JOIN leasehold.sessions AS s ON s.queue = h.queue AND s.id = h.id
      LEFT JOIN leasehold.parts AS p ON p.queue = h.queue AND p.part = h.part
     WHERE h.queue = $1
), wrong AS (
    SELECT format('part %s is held by %s, which is no session of the queue', part, id) AS what
      FROM looked
     WHERE NOT has_session
    UNION ALL
    SELECT format('session %s holds part %s, which is no part of the queue', id, part)
      FROM looked
     WHERE NOT has_part
)
SELECT (SELECT count(*) FROM looked) AS looked_at,
       (SELECT count(*) FROM wrong) AS wrong,
       (SELECT string_agg(what, '; ') FROM (SELECT what FROM wrong LIMIT 3) AS few) AS examples
