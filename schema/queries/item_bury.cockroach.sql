-- item_bury: see item_bury.sql; the place of an id in a list is asked for by name.
WITH gone AS (
    DELETE FROM {items} AS i
     WHERE i.part = $2::int8 AND i.id = ANY ($3::uuid[]) AND i.claim = $1::uuid
       AND i.token = $4::int8
    RETURNING i.*, array_position($3::uuid[], i.id) AS place
), buried AS (
    INSERT INTO leasehold.dead_items (queue, id, part, payload, key, dedupe, priority, attempt,
                                      max_attempts, created_at, token, reason, last_error, errors,
                                      progress, note)
    SELECT $7::text, id, part, payload, key, dedupe, priority, attempt, max_attempts,
           created_at, token,
           ($6::text[])[place], coalesce(($5::text[])[place], last_error),
           CASE WHEN ($5::text[])[place] IS NULL THEN errors
                ELSE (CASE WHEN jsonb_array_length(errors) >= 10 THEN errors - 0
                           ELSE coalesce(errors, '[]'::jsonb) END)
                     || jsonb_build_object('attempt', attempt, 'at', clock_timestamp(),
                                           'error', left(($5::text[])[place], 1000)) END,
           progress, note
      FROM gone
    RETURNING id
)
SELECT id FROM gone
