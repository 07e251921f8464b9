-- item_bury: moves items $3[i] of part $2, held by session $1 under tokens $4[i], to the dead items
-- of queue $6, with $5[i] as the last error.
-- Answers one row {id} for each item still held by that very claim; a missing id is *lost*.
-- `= ANY` and IS NOT DISTINCT FROM: see item_complete.
WITH gone AS (
    DELETE FROM {items} AS i
     USING unnest($3::uuid[], $4::int8[], $5::text[]) AS c (id, token, error)
     WHERE i.part = $2::int AND i.id = ANY ($3::uuid[])
       AND i.id = c.id AND i.token = c.token AND i.claim IS NOT DISTINCT FROM $1::uuid
    RETURNING i.id, i.part, i.payload, i.key, i.priority, i.attempt, i.max_attempts, i.created_at,
              i.token, coalesce(c.error, i.last_error) AS last_error
), buried AS (
    INSERT INTO leasehold.dead_items (queue, id, part, payload, key, priority, attempt,
                                      max_attempts, created_at, token, last_error)
    SELECT $6, id, part, payload, key, priority, attempt,
           max_attempts, created_at, token, last_error
      FROM gone
)
SELECT id FROM gone
