-- help_take: see help_take.sql. The part's row is read, not locked: in a SERIALIZABLE transaction
-- that conflicts with an owner who begins to claim by the lease at this moment.
WITH taken AS (
    INSERT INTO leasehold.session_parts (id, queue, part, epoch, role)
    SELECT s.id, s.queue, p.part, p.epoch, 'helper'
      FROM leasehold.sessions AS s
      JOIN leasehold.parts AS p ON p.queue = s.queue
     WHERE s.id = $2::uuid AND s.queue = $1 AND p.queue = $1 AND p.part = $3::int
       -- Nobody is to have any part of a queue that is about to grow.
       AND p.planned_for IS NOT NULL AND NOT p.by_lease
       AND s.state = 'live' AND NOT s.cordoned AND s.expires_at > clock_timestamp()
       AND NOT EXISTS (SELECT 1
                         FROM leasehold.session_parts AS h
                        WHERE h.id = $2::uuid AND h.part = $3::int)
       AND (SELECT count(*)
              FROM leasehold.session_parts AS h
             WHERE h.queue = $1 AND h.part = $3::int AND h.role = 'helper') < $4::int
    RETURNING part, epoch
), logged AS (
    INSERT INTO leasehold.ownership_log (queue, part, epoch, to_session, reason, role)
    SELECT $1, part, epoch, $2::uuid, 'help', 'helper' FROM taken
    RETURNING part
)
SELECT t.part, t.epoch, p.token_base
  FROM taken AS t
  JOIN leasehold.parts AS p ON p.queue = $1 AND p.part = t.part
