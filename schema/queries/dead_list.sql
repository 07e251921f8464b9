-- dead_list: the dead items of queue $1 that the filter lets through, the latest first, $8 at most.
-- The filter (null: any): ids $2, reason $3, text in the last error $4, key $5, died since $6 and
-- before $7.
SELECT d.id, d.died_at, d.reason, d.attempt, d.max_attempts, d.key, d.dedupe, d.priority, d.part,
       d.created_at, d.token, d.last_error, d.errors, d.progress, d.note, d.payload
  FROM leasehold.dead_items AS d
 WHERE d.queue = $1
   AND ($2::uuid[] IS NULL OR d.id = ANY ($2::uuid[]))
   AND ($3::text IS NULL OR d.reason = $3)
   AND ($4::text IS NULL OR position($4 IN d.last_error) > 0)
   AND ($5::text IS NULL OR d.key = $5)
   AND ($6::timestamptz IS NULL OR d.died_at >= $6)
   AND ($7::timestamptz IS NULL OR d.died_at < $7)
 ORDER BY d.died_at DESC, d.id
 LIMIT $8::int8
