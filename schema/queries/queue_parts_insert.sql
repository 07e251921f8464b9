-- queue_parts_insert: a row for each part of queue $1, as many as its part count says.
INSERT INTO leasehold.parts (queue, part)
SELECT q.name, p.part
  FROM leasehold.queues AS q
 CROSS JOIN LATERAL generate_series(0, q.part_count - 1) AS p (part)
 WHERE q.name = $1
ON CONFLICT (queue, part) DO NOTHING
