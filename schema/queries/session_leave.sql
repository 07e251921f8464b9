-- session_leave: session $1 ends by its own will; its leases and claims are gone already. Its seat
-- is kept for a restart under its name, if it has a name of its own and its queue's strategy knows
-- where it sat. Answers one row {seat_kept}, or none when the session was not there any more.
WITH ended AS (
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
SELECT EXISTS (SELECT 1 FROM kept) AS seat_kept FROM ended
