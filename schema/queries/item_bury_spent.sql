-- item_bury_spent: of the items that session $1, which ended, held in part $2, moves those without
-- an attempt left to the dead items of queue $3, with the last error $4, at most $5 of them.
-- Without this a poison item that kills its worker would go round for ever.
-- The claim is asked for twice, so that an item that was acknowledged while this waited for it is
-- left alone. Answers one row {id} for each item buried. leasehold.freed: see item_free.
WITH gone AS (
    DELETE FROM {items} AS i
     WHERE i.part = $2::int AND i.claim = $1::uuid
       AND i.id = ANY (ARRAY(SELECT c.id
                               FROM {items} AS c
                              WHERE c.part = $2::int AND c.claim = $1::uuid
                                AND c.attempt >= c.max_attempts
                              LIMIT $5::int))
    RETURNING i.*, set_config('leasehold.freed', $1::uuid::text, true)
), buried AS (
    INSERT INTO leasehold.dead_items (queue, id, part, payload, key, dedupe, priority, attempt,
                                      max_attempts, created_at, token, reason, last_error, errors,
                                      progress, note)
    SELECT $3, id, part, payload, key, dedupe, priority, attempt, max_attempts, created_at, token,
           'spent', $4, leasehold.with_error(errors, attempt, $4), progress, note
      FROM gone
)
SELECT id FROM gone
