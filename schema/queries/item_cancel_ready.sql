-- item_cancel_ready: moves item $1, unless it is claimed, to the dead items of queue $2 as
-- cancelled, with $3 as the last error. Answers one row {id} when it was there.
WITH gone AS (
    DELETE FROM {items} AS i
     WHERE i.part = {items}_part($1::uuid) AND i.id = $1::uuid AND i.claim IS NULL
    RETURNING i.*
), buried AS (
    INSERT INTO leasehold.dead_items (queue, id, part, payload, key, dedupe, priority, attempt,
                                      max_attempts, created_at, token, reason, last_error, errors,
                                      progress, note)
    SELECT $2, id, part, payload, key, dedupe, priority, attempt, max_attempts, created_at, token,
           'cancelled', $3, leasehold.with_error(errors, attempt, $3), progress, note
      FROM gone
)
SELECT id FROM gone
