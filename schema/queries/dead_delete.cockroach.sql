-- dead_delete: see dead_delete.sql; rows are found again by their keys.
DELETE FROM leasehold.dead_items AS d
 WHERE d.queue = $1
   AND (d.queue, d.id, d.died_at) IN (
    SELECT d.queue, d.id, d.died_at
      FROM leasehold.dead_items AS d
     WHERE d.queue = $1
       AND ($2::uuid[] IS NULL OR d.id = ANY ($2::uuid[]))
       AND ($3::text IS NULL OR d.reason = $3)
       AND ($4::text IS NULL OR position($4 IN d.last_error) > 0)
       AND ($5::text IS NULL OR d.key = $5)
       AND ($6::timestamptz IS NULL OR d.died_at >= $6)
       AND ($7::timestamptz IS NULL OR d.died_at < $7)
     ORDER BY d.died_at, d.id
     LIMIT $8::int8)
RETURNING d.id
