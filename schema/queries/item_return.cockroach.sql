-- item_return: see item_return.sql. The claim's copy of the part goes with it; the place of an id
-- in a list is asked for by name.
UPDATE {items} AS i
   SET claim = NULL, claim_part = NULL,
       run_at = CASE WHEN i.cancel_asked_at IS NOT NULL THEN clock_timestamp()
                     ELSE coalesce(clock_timestamp() + interval '1 millisecond'
                                       * ($5::int8[])[array_position($3::uuid[], i.id)],
                                   i.run_at) END,
       attempt = i.attempt - ($6::int8[])[array_position($3::uuid[], i.id)],
       last_error = coalesce(($7::text[])[array_position($3::uuid[], i.id)], i.last_error),
       errors = CASE WHEN ($7::text[])[array_position($3::uuid[], i.id)] IS NULL THEN i.errors
                     ELSE (CASE WHEN jsonb_array_length(i.errors) >= 10 THEN i.errors - 0
                                ELSE coalesce(i.errors, '[]'::jsonb) END)
                          || jsonb_build_object('attempt', i.attempt, 'at', clock_timestamp(),
                                                'error',
                                                left(($7::text[])
                                                         [array_position($3::uuid[], i.id)],
                                                     1000)) END
 WHERE i.part = $2::int8 AND i.id = ANY ($3::uuid[]) AND i.claim = $1::uuid AND i.token = $4::int8
RETURNING i.id
