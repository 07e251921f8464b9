-- item_bury_spent: of the items that session $1, which ended, held in part $2, moves those without
-- an attempt left to the dead items of queue $3, with the last error $4, at most $5 of them.
-- Without this a poison item that kills its worker would go round for ever.
-- Answers one row {id} for each item buried. leasehold.freed: see item_free.
WITH gone AS (
    DELETE FROM {items} AS i
     WHERE i.part = $2::int
       AND i.id = ANY (ARRAY(SELECT c.id
                               FROM {items} AS c
                              WHERE c.part = $2::int AND c.claim = $1::uuid
                                AND c.attempt >= c.max_attempts
                              LIMIT $5::int))
    RETURNING i.id, i.part, i.payload, i.key, i.priority, i.attempt, i.max_attempts, i.created_at,
              i.token, set_config('leasehold.freed', $1::uuid::text, true)
), buried AS (
    INSERT INTO leasehold.dead_items (queue, id, part, payload, key, priority, attempt,
                                      max_attempts, created_at, token, last_error)
    SELECT $3, id, part, payload, key, priority, attempt, max_attempts, created_at, token, $4
      FROM gone
)
SELECT id FROM gone
