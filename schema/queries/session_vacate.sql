-- session_vacate: keeps the seat of session $1, which leaves, for a restart under its name, if it
-- has a name of its own and its queue's strategy knows where it sat.
INSERT INTO leasehold.vacant_seats (queue, session, name, weight)
SELECT s.queue, s.id, s.name, s.weight
  FROM leasehold.sessions AS s
  JOIN leasehold.queues AS q ON q.name = s.queue
 WHERE s.id = $1::uuid AND s.named AND NOT s.cordoned AND s.state = 'leaving'
   AND q.restart_grace > '0' AND q.strategy <> 'lexical'
