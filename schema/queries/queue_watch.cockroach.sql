-- queue_watch: see queue_watch.sql. Whether a connection is closed shows in its expiry only. No
-- part of it depends on another row: that may be asked for each session of each session.
SELECT q.generation, q.plan, q.planned_seats, q.paused, q.helpers_max, q.strategy, q.claims,
       q.part_count, q.state = 'growing' AS is_growing,
       round(extract(epoch FROM q.plan_at - clock_timestamp()) * 1000)::int8 AS plan_due_in_ms,
       round(extract(epoch FROM q.help_delay) * 1000)::int8 AS help_delay_ms,
       s.is_neighbour, s.id, s.name, s.host, s.pid, s.weight, s.state,
       s.expires_at::text AS expires_at, s.expires_at > clock_timestamp() AS live,
       round(extract(epoch FROM clock_timestamp() - s.expires_at) * 1000)::int8 AS overdue_ms,
       s.guard, CASE WHEN $4::bool THEN true END AS guard_is_held
  FROM leasehold.queues AS q
  LEFT JOIN (
        (SELECT true AS is_neighbour, t.*
           FROM ((SELECT 1 AS turn, b.*
                    FROM leasehold.sessions AS b
                   WHERE b.queue = $1 AND b.id < $2::uuid
                   ORDER BY b.id DESC LIMIT 1)
                  UNION ALL
                 (SELECT 2, b.*
                    FROM leasehold.sessions AS b
                   WHERE b.queue = $1
                   ORDER BY b.id DESC LIMIT 1)) AS t
          ORDER BY t.turn LIMIT 1)
         UNION ALL
        (SELECT false, 0, n.*
           FROM leasehold.sessions AS n
          WHERE n.queue = $1 AND n.id < $3::uuid
          ORDER BY n.id DESC LIMIT 1)) AS s ON true
 WHERE q.name = $1
