-- item_bury_by_lease: see item_bury_by_lease.sql. In a SERIALIZABLE transaction the read of the
-- lease conflicts with whoever ends it, lock or no lock.
WITH held AS (
    SELECT id
      FROM leasehold.session_parts
     WHERE id = $1::uuid AND part = $2::int8 AND epoch = $5::int8 AND role = 'owner'
), gone AS (
    DELETE FROM {items} AS i
     WHERE EXISTS (SELECT 1 FROM held)
       AND i.part = $2::int8 AND i.id = ANY ($3::uuid[])
       AND CASE WHEN i.claim IS NULL THEN i.token = $4::int8
                ELSE i.claim = $1::uuid AND i.token = greatest($4::int8, $6::int8) + 1 END
    RETURNING i.*, i.attempt + CASE WHEN i.claim IS NULL THEN 1 ELSE 0 END AS attempts,
              array_position($3::uuid[], i.id) AS place
), buried AS (
    INSERT INTO leasehold.dead_items (queue, id, part, payload, key, dedupe, priority, attempt,
                                      max_attempts, created_at, token, reason, last_error, errors,
                                      progress, note)
    SELECT $9::text, id, part, payload, key, dedupe, priority, attempts, max_attempts, created_at,
           greatest($4::int8, $6::int8) + 1, ($8::text[])[place],
           coalesce(($7::text[])[place], last_error),
           CASE WHEN ($7::text[])[place] IS NULL THEN errors
                ELSE (CASE WHEN jsonb_array_length(errors) >= 10 THEN errors - 0
                           ELSE coalesce(errors, '[]'::jsonb) END)
                     || jsonb_build_object('attempt', attempts, 'at', clock_timestamp(),
                                           'error', left(($7::text[])[place], 1000)) END,
           progress, note
      FROM gone
    RETURNING id
)
SELECT CASE WHEN (SELECT count(*) FROM gone) < array_length($3::uuid[], 1)
            THEN ARRAY(SELECT id FROM gone) END AS ended
