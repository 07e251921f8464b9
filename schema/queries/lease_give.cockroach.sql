-- lease_give: see lease_give.sql; there is no DELETE ... USING before 22.2.
WITH raised AS (
    UPDATE leasehold.parts AS p
       SET epoch = p.epoch + 1
      FROM leasehold.sessions AS s, leasehold.session_parts AS h
     WHERE p.queue = $1 AND p.part = ANY ($3::int[])
       AND h.id = $2::uuid AND h.part = p.part AND h.role = 'owner'
       AND s.queue = p.queue AND s.id = p.planned_for AND s.id <> $2::uuid
       AND s.expires_at > clock_timestamp() AND s.state = 'live'
    RETURNING p.part, p.epoch, p.planned_for, p.plan,
              CASE WHEN $4::bool THEN 'expired'
                   WHEN p.why = 'expired' THEN 'plan'
                   ELSE p.why END AS why
), ended AS (
    DELETE FROM leasehold.session_parts
     WHERE id = $2::uuid AND part IN (SELECT part FROM raised)
    RETURNING part
)
SELECT part, epoch, planned_for AS to_session, why, plan FROM raised ORDER BY part
