-- item_bury: moves items $3[i] of part $2, held by session $1 under tokens $4[i], to the dead items
-- of queue $7, with $5[i] as the last error and $6[i] as the reason.
-- Answers one row {id} for each item still held by that very claim; a missing id is *lost*.
-- `= ANY` and IS NOT DISTINCT FROM: see item_complete.
WITH gone AS (
    DELETE FROM {items} AS i
     USING unnest($3::uuid[], $4::int8[], $5::text[], $6::text[]) AS c (id, token, error, reason)
     WHERE i.part = $2::int AND i.id = ANY ($3::uuid[])
       AND i.id = c.id AND i.token = c.token AND i.claim IS NOT DISTINCT FROM $1::uuid
    RETURNING i.*, c.error, c.reason
), buried AS (
    INSERT INTO leasehold.dead_items (queue, id, part, payload, key, dedupe, priority, attempt,
                                      max_attempts, created_at, token, reason, last_error, errors,
                                      progress, note)
    SELECT $7, id, part, payload, key, dedupe, priority, attempt, max_attempts, created_at, token,
           reason, coalesce(error, last_error), leasehold.with_error(errors, attempt, error),
           progress, note
      FROM gone
)
SELECT id FROM gone
