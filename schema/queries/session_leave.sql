-- session_leave: session $1 ends by its own will; its claims and the parts that it owned are gone
-- already. What it has left of leases to help goes with it. Its seat is kept for a restart under
-- its name, if it has a name of its own and its queue's strategy knows where it sat. Answers one
-- row {seat_kept, was_live}, or none when the session was not there any more.
-- The foreign key refuses (23503) while a claim is left in a part where it helped.
WITH helped AS (
    DELETE FROM leasehold.session_parts
     WHERE id = $1::uuid AND role = 'helper'
    RETURNING queue, part, epoch
), logged AS (
    INSERT INTO leasehold.ownership_log (queue, part, epoch, from_session, reason, role)
    SELECT queue, part, epoch, $1::uuid, 'help', 'helper' FROM helped
    RETURNING part
), ended AS (
    DELETE FROM leasehold.sessions WHERE id = $1::uuid
    RETURNING id, queue, name, weight, named, cordoned, state
), kept AS (
    INSERT INTO leasehold.vacant_seats (queue, session, name, weight)
    SELECT e.queue, e.id, e.name, e.weight
      FROM ended AS e
      JOIN leasehold.queues AS q ON q.name = e.queue
     WHERE e.named AND NOT e.cordoned AND e.state = 'leaving'
       AND q.restart_grace > '0' AND q.strategy <> 'lexical'
    RETURNING session
)
SELECT EXISTS (SELECT 1 FROM kept) AS seat_kept, state = 'live' AS was_live FROM ended
