-- item_free: see item_free.sql.
UPDATE {items} AS i
   SET claim = NULL, claim_part = NULL, last_error = $4::text,
       errors = CASE WHEN $4::text IS NULL THEN i.errors
                     ELSE (CASE WHEN jsonb_array_length(i.errors) >= 10 THEN i.errors - 0
                                ELSE coalesce(i.errors, '[]'::jsonb) END)
                          || jsonb_build_object('attempt', i.attempt, 'at', clock_timestamp(),
                                                'error', left($4::text, 1000)) END
 WHERE i.part = $2::int8 AND i.claim = $1::uuid
   AND i.id IN (SELECT c.id
                  FROM {items} AS c
                 WHERE c.part = $2::int8 AND c.claim = $1::uuid
                 LIMIT $3::int8)
RETURNING i.id
