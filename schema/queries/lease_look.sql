-- lease_look: what session $2 of queue $1 holds as an owner, and what is planned for it.
-- Answers rows {part, owner, epoch, by_lease, token_base, planned_for, planned_is_live}, by part.
-- A hint.
-- OFFSET 0: asked for the role at once, a server without statistics walks the index of all owners.
WITH mine AS (
    SELECT part
      FROM (SELECT part, role FROM leasehold.session_parts WHERE id = $2::uuid OFFSET 0) AS held
     WHERE role = 'owner'
    UNION
    SELECT part FROM leasehold.parts WHERE queue = $1 AND planned_for = $2::uuid
)
SELECT p.part, h.id AS owner, h.epoch, p.by_lease, p.token_base, p.planned_for,
       s.expires_at IS NOT NULL AND s.expires_at > clock_timestamp() AND s.state = 'live'
           AS planned_is_live
  FROM mine AS m
  JOIN leasehold.parts AS p ON p.queue = $1 AND p.part = m.part
  LEFT JOIN leasehold.session_parts AS h
    ON h.queue = p.queue AND h.part = p.part AND h.role = 'owner'
  LEFT JOIN leasehold.sessions AS s ON s.queue = p.queue AND s.id = p.planned_for
 ORDER BY p.part
