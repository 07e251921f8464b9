-- session_joined: session $2 came to queue $1: a plan is due once it is quiet, or at once when the
-- parts of a session of the same name wait for it.
SELECT leasehold.raise_generation(q.name,
           CASE WHEN EXISTS (SELECT 1
                               FROM leasehold.sessions AS s
                               JOIN leasehold.vacant_seats AS v
                                 ON v.queue = s.queue AND v.name = s.name
                              WHERE s.id = $2::uuid AND s.named)
                THEN interval '0' ELSE q.settle END)
  FROM leasehold.queues AS q
 WHERE q.name = $1
