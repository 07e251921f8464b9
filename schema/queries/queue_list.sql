-- queue_list: every queue, by name, with its number of live sessions.
SELECT q.name, q.part_count, q.strategy, q.claims, q.keyed, q.max_attempts, q.generation, q.state,
       q.audit, q.paused,
       (SELECT count(*)
          FROM leasehold.sessions AS s
         WHERE s.queue = q.name AND s.expires_at > clock_timestamp()) AS sessions
  FROM leasehold.queues AS q
 ORDER BY q.name
