-- lease_release: session $2 of queue $1 lets go of the parts $3, because of $4.
-- Answers a row {part} for each lease ended. The foreign key refuses (23503) while a claim is left.
WITH ended AS (
    DELETE FROM leasehold.session_parts
     WHERE id = $2::uuid AND part = ANY ($3::int[])
    RETURNING part, epoch, role
), logged AS (
    INSERT INTO leasehold.ownership_log (queue, part, epoch, from_session, reason, role)
    SELECT $1, part, epoch, $2::uuid, $4, role FROM ended
    RETURNING part
)
SELECT part FROM ended ORDER BY part
