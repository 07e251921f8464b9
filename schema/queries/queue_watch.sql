-- queue_watch: what a session has to know at every turn: how queue $1 stands, the neighbour of
-- session $2 (the session before it in the ring of ids) and the one before the random id $3. $4:
-- also whether the neighbour's guard is held, found out by an attempt at it that takes it, shared,
-- until the end of this transaction.
-- Answers one or two rows {generation, plan, plan_due_in_ms, planned_seats, paused, help_delay_ms,
-- helpers_max, strategy, claims, part_count, is_growing, is_neighbour, id, name, host, pid, weight,
-- state, expires_at, live, overdue_ms, guard, guard_is_held}; one with id null when neither is
-- there; none when there is no such queue.
-- However many sessions there are: one row of queues, and some probes of an index. The neighbour is
-- looked at by its reaper; the random place finds those whose reaper is in trouble itself.
-- A hint, read outside SERIALIZABLE; whoever acts on it looks again in a transaction of its own.
SELECT q.generation, q.plan, q.planned_seats, q.paused, q.helpers_max, q.strategy, q.claims,
       q.part_count, q.state = 'growing' AS is_growing,
       (extract(epoch FROM q.plan_at - clock_timestamp()) * 1000)::int8 AS plan_due_in_ms,
       (extract(epoch FROM q.help_delay) * 1000)::int8 AS help_delay_ms,
       s.is_neighbour, s.id, s.name, s.host, s.pid, s.weight, s.state,
       s.expires_at::text AS expires_at, s.expires_at > clock_timestamp() AS live,
       (extract(epoch FROM clock_timestamp() - s.expires_at) * 1000)::int8 AS overdue_ms,
       s.guard, CASE WHEN $4::bool AND s.is_neighbour AND s.id <> $2::uuid
                     THEN NOT pg_try_advisory_xact_lock_shared(s.guard) END AS guard_is_held
  FROM leasehold.queues AS q
  LEFT JOIN LATERAL (
        (SELECT true AS is_neighbour, n.*
           FROM leasehold.sessions AS n
          WHERE n.queue = q.name
            AND n.id = coalesce((SELECT b.id
                                   FROM leasehold.sessions AS b
                                  WHERE b.queue = q.name AND b.id < $2::uuid
                                  ORDER BY b.id DESC LIMIT 1),
                                (SELECT b.id
                                   FROM leasehold.sessions AS b
                                  WHERE b.queue = q.name
                                  ORDER BY b.id DESC LIMIT 1)))
         UNION ALL
        (SELECT false, n.*
           FROM leasehold.sessions AS n
          WHERE n.queue = q.name AND n.id < $3::uuid
          ORDER BY n.id DESC LIMIT 1)) AS s ON true
 WHERE q.name = $1
