-- queue_watch: has anything changed in queue $1? Answers one row {generation, any_expired}.
-- A hint, read outside SERIALIZABLE; whoever acts on it looks again in a transaction of its own.
SELECT q.generation,
       EXISTS (SELECT 1
                 FROM leasehold.sessions AS s
                WHERE s.queue = q.name AND s.expires_at <= clock_timestamp()) AS any_expired
  FROM leasehold.queues AS q
 WHERE q.name = $1
