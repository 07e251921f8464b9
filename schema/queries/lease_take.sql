-- lease_take: session $2 of queue $1 takes those of the parts $3 that are planned for it and that
-- nobody owns. Answers a row {part, epoch, by_lease, token_base} for each part taken. An expired
-- session takes none.
-- A part that it helps in is its own from now on: the same row, so that its claims stay.
-- OFFSET 0: as a join, a server without statistics walks the index of all owners for each part.
-- Retry: yes; two takers of one part end in 40001 or 23505 for one of them.
WITH raised AS (
    UPDATE leasehold.parts AS p
       SET epoch = p.epoch + 1
     WHERE p.queue = $1 AND p.part = ANY ($3::int[]) AND p.planned_for = $2::uuid
       AND NOT EXISTS (SELECT 1
                         FROM leasehold.session_parts AS h
                        WHERE h.queue = p.queue AND h.part = p.part AND h.role = 'owner' OFFSET 0)
       AND EXISTS (SELECT 1
                     FROM leasehold.sessions AS s
                    WHERE s.id = $2::uuid AND s.expires_at > clock_timestamp())
    RETURNING p.part, p.epoch, p.why, p.plan, p.by_lease, p.token_base
), taken AS (
    INSERT INTO leasehold.session_parts (id, queue, part, epoch)
    SELECT $2::uuid, $1, part, epoch FROM raised
        ON CONFLICT (id, part) DO UPDATE
       SET role = 'owner', epoch = excluded.epoch, taken_at = excluded.taken_at
    RETURNING part
), logged AS (
    INSERT INTO leasehold.ownership_log (queue, part, epoch, to_session, reason, plan)
    SELECT $1, part, epoch, $2::uuid, why, plan FROM raised
    RETURNING part
)
SELECT part, epoch, by_lease, token_base FROM raised ORDER BY part
