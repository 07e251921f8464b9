-- item_cancel_ready: moves item $2 of part $1, unless it is claimed, to the dead items of queue $3
-- as cancelled, with $4 as the last error. Answers one row {id} when it was there.
WITH gone AS (
    DELETE FROM {items} AS i
     WHERE i.part = $1::int AND i.id = $2::uuid AND i.claim IS NULL
    RETURNING i.*
), buried AS (
    INSERT INTO leasehold.dead_items (queue, id, part, payload, key, dedupe, priority, attempt,
                                      max_attempts, created_at, token, reason, last_error, errors,
                                      progress, note)
    SELECT $3, id, part, payload, key, dedupe, priority, attempt, max_attempts, created_at, token,
           'cancelled', $4, leasehold.with_error(errors, attempt, $4), progress, note
      FROM gone
)
SELECT id FROM gone
