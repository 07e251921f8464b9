-- item_bury_spent: see item_bury_spent.sql. Looked for with IN: see item_claim_keyed.
WITH gone AS (
    DELETE FROM {items} AS i
     WHERE i.part = $2::int8 AND i.claim = $1::uuid
       AND i.id IN (SELECT c.id
                      FROM {items} AS c
                     WHERE c.part = $2::int8 AND c.claim = $1::uuid
                       AND c.attempt >= c.max_attempts
                     LIMIT $5::int8)
    RETURNING i.*
), buried AS (
    INSERT INTO leasehold.dead_items (queue, id, part, payload, key, dedupe, priority, attempt,
                                      max_attempts, created_at, token, reason, last_error, errors,
                                      progress, note)
    SELECT $3::text, id, part, payload, key, dedupe, priority, attempt, max_attempts,
           created_at, token,
           'spent', $4::text,
           CASE WHEN $4::text IS NULL THEN errors
                ELSE (CASE WHEN jsonb_array_length(errors) >= 10 THEN errors - 0
                           ELSE coalesce(errors, '[]'::jsonb) END)
                     || jsonb_build_object('attempt', attempt, 'at', clock_timestamp(),
                                           'error', left($4::text, 1000)) END,
           progress, note
      FROM gone
    RETURNING id
)
SELECT id FROM gone
