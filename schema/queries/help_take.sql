-- help_take: session $2 of queue $1 becomes a helper in part $3, in the part's epoch of now: unless
-- it holds a lease there, $4 help already, its owner claims by the lease, it is planned for
-- nobody, or the session has expired, leaves or is cordoned.
-- Answers one row {part, epoch, token_base} when it may. The part keeps its owner.
-- Its first claims follow in the same transaction, so that a lease that yields nothing never was.
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
       -- Else its owner might begin to claim by the lease at this moment (part_by_lease).
       FOR SHARE OF p
    RETURNING part, epoch
), logged AS (
    INSERT INTO leasehold.ownership_log (queue, part, epoch, to_session, reason, role)
    SELECT $1, part, epoch, $2::uuid, 'help', 'helper' FROM taken
    RETURNING part
)
SELECT t.part, t.epoch, p.token_base
  FROM taken AS t
  JOIN leasehold.parts AS p ON p.queue = $1 AND p.part = t.part
