-- item_cancel_ready: see item_cancel_ready.sql.
WITH gone AS (
    DELETE FROM {items} AS i
     WHERE i.id = $1::uuid AND i.claim IS NULL
    RETURNING i.*
), buried AS (
    INSERT INTO leasehold.dead_items (queue, id, part, payload, key, dedupe, priority, attempt,
                                      max_attempts, created_at, token, reason, last_error, errors,
                                      progress, note)
    SELECT $2::text, id, part, payload, key, dedupe, priority, attempt, max_attempts,
           created_at, token,
           'cancelled', $3::text,
           CASE WHEN $3::text IS NULL THEN errors
                ELSE (CASE WHEN jsonb_array_length(errors) >= 10 THEN errors - 0
                           ELSE coalesce(errors, '[]'::jsonb) END)
                     || jsonb_build_object('attempt', attempt, 'at', clock_timestamp(),
                                           'error', left($3::text, 1000)) END,
           progress, note
      FROM gone
    RETURNING id
)
SELECT id FROM gone
