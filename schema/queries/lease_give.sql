-- lease_give: of the parts $3, session $2 of queue $1 gives away those that it owns and that are
-- planned for another session which stands. Answers rows {part, epoch, to_session, why, plan}; each
-- is to be received in the same transaction (lease_receive), so that the part is never unowned.
-- $4: the giver has expired and is being reaped; the log says that of no other, even where the part
-- was planned anew because the session that was to have it has expired.
-- The foreign key refuses (23503) while a claim is left.
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
    DELETE FROM leasehold.session_parts AS h
     USING raised AS r
     WHERE h.id = $2::uuid AND h.part = r.part
)
SELECT part, epoch, planned_for AS to_session, why, plan FROM raised ORDER BY part
