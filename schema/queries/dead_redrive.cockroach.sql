-- dead_redrive: see dead_redrive.sql; rows are found again by their keys, and nobody is told.
WITH chosen AS MATERIALIZED (
    SELECT d.*
      FROM leasehold.dead_items AS d
     WHERE d.queue = $1
       AND ($2::uuid[] IS NULL OR d.id = ANY ($2::uuid[]))
       AND ($3::text IS NULL OR d.reason = $3)
       AND ($4::text IS NULL OR position($4 IN d.last_error) > 0)
       AND ($5::text IS NULL OR d.key = $5)
       AND ($6::timestamptz IS NULL OR d.died_at >= $6)
       AND ($7::timestamptz IS NULL OR d.died_at < $7)
       AND (d.died_at, d.id) > ($9::timestamptz, $10::uuid)
       AND d.died_at = (SELECT max(l.died_at)
                          FROM leasehold.dead_items AS l
                         WHERE l.queue = d.queue AND l.id = d.id)
     ORDER BY d.died_at, d.id
     LIMIT $8::int8
), back AS (
    INSERT INTO {items} (id, payload, key, dedupe, priority, max_attempts, created_at, token,
                         last_error, errors)
    SELECT id, payload, key, dedupe, priority, max_attempts, created_at,
           greatest(token, nextval('leasehold.item_order') << 20), last_error, errors
      FROM chosen
    ON CONFLICT DO NOTHING
    RETURNING id
), gone AS (
    DELETE FROM leasehold.dead_items AS d
     WHERE d.queue = $1
       AND (d.id, d.died_at) IN (SELECT c.id, c.died_at
                                   FROM chosen AS c
                                   JOIN back AS b ON b.id = c.id)
    RETURNING id
)
SELECT c.id, c.died_at, b.id IS NOT NULL AS back
  FROM chosen AS c
  LEFT JOIN back AS b ON b.id = c.id
 ORDER BY c.died_at, c.id
