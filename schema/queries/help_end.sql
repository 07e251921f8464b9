-- help_end: session $2 of queue $1 helps no more in the parts $3. A lease that has become an
-- owner's meanwhile stays.
-- Answers a row {part} for each lease ended. The foreign key refuses (23503) while a claim is left.
WITH ended AS (
    DELETE FROM leasehold.session_parts
     WHERE id = $2::uuid AND part = ANY ($3::int[]) AND role = 'helper'
    RETURNING part, epoch
), logged AS (
    INSERT INTO leasehold.ownership_log (queue, part, epoch, from_session, reason, role)
    SELECT $1, part, epoch, $2::uuid, 'help', 'helper' FROM ended
    RETURNING part
)
SELECT part FROM ended ORDER BY part
