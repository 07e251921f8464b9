-- item_bury: moves items $3[i] of part $2, held by session $1 under the token $4, to the dead items
-- of queue $7, with $5[i] as the last error and $6[i] as the reason. The ids are in order: see
-- item_return.
-- Answers one row {id} for each item still held by that very claim; a missing id is *lost*.
-- `= ANY` and IS NOT DISTINCT FROM: see item_complete.
WITH gone AS (
    DELETE FROM {items} AS i
     WHERE i.part = $2::int AND i.id = ANY ($3::uuid[]) AND i.claim IS NOT DISTINCT FROM $1::uuid
       AND i.token = $4::int8
    RETURNING i.*, width_bucket(i.id, $3::uuid[]) AS place
), buried AS (
    INSERT INTO leasehold.dead_items (queue, id, part, payload, key, dedupe, priority, attempt,
                                      max_attempts, created_at, token, reason, last_error, errors,
                                      progress, note)
    SELECT $7, id, part, payload, key, dedupe, priority, attempt, max_attempts, created_at, token,
           ($6::text[])[place], coalesce(($5::text[])[place], last_error),
           leasehold.with_error(errors, attempt, ($5::text[])[place]), progress, note
      FROM gone
)
SELECT id FROM gone
