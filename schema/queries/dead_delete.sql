-- dead_delete: deletes up to $8 dead items of queue $1 for good, the longest dead first; the filter
-- is dead_list's. Answers one row {id} for each. By place: see dead_redrive.
DELETE FROM leasehold.dead_items AS d
 WHERE d.queue = $1
   AND d.ctid = ANY (ARRAY(
    SELECT d.ctid
      FROM leasehold.dead_items AS d
     WHERE d.queue = $1
       AND ($2::uuid[] IS NULL OR d.id = ANY ($2::uuid[]))
       AND ($3::text IS NULL OR d.reason = $3)
       AND ($4::text IS NULL OR position($4 IN d.last_error) > 0)
       AND ($5::text IS NULL OR d.key = $5)
       AND ($6::timestamptz IS NULL OR d.died_at >= $6)
       AND ($7::timestamptz IS NULL OR d.died_at < $7)
     ORDER BY d.died_at, d.id
     LIMIT $8::int8))
RETURNING d.id
