-- session_leave: session $1 ends by its own will; its claims and the parts that it owned are gone
-- already. What it has left of leases to help goes with it. Answers one row {id} if it was there.
-- The foreign key refuses (23503) while a claim is left in a part where it helped.
WITH helped AS (
    DELETE FROM leasehold.session_parts
     WHERE id = $1::uuid AND role = 'helper'
    RETURNING queue, part, epoch
), logged AS (
    INSERT INTO leasehold.ownership_log (queue, part, epoch, from_session, reason, role)
    SELECT queue, part, epoch, $1::uuid, 'help', 'helper' FROM helped
)
DELETE FROM leasehold.sessions WHERE id = $1::uuid RETURNING id
