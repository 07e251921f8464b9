-- queue_watch: see queue_watch.sql. Whether a connection is closed shows in its expiry only.
SELECT q.generation, q.plan, q.planned_seats, q.paused, q.helpers_max, q.strategy, q.claims,
       q.part_count, q.state = 'growing' AS is_growing,
       (extract(epoch FROM q.plan_at - clock_timestamp()) * 1000)::int8 AS plan_due_in_ms,
       (extract(epoch FROM q.help_delay) * 1000)::int8 AS help_delay_ms,
       s.is_neighbour, s.id, s.name, s.host, s.pid, s.weight, s.state,
       s.expires_at::text AS expires_at, s.expires_at > clock_timestamp() AS live,
       (extract(epoch FROM clock_timestamp() - s.expires_at) * 1000)::int8 AS overdue_ms,
       s.guard, CASE WHEN $4::bool THEN true END AS guard_is_held
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
