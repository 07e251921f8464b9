-- item_return_by_lease: see item_return_by_lease.sql. In a SERIALIZABLE transaction the read of the
-- lease conflicts with whoever ends it, lock or no lock.
WITH held AS (
    SELECT id
      FROM leasehold.session_parts
     WHERE id = $1::uuid AND part = $2::int8 AND epoch = $5::int8 AND role = 'owner'
), gone AS (
    UPDATE {items} AS i
       SET claim = NULL, claim_part = NULL,
           token = greatest($4::int8, $6::int8) + 1,
           run_at = CASE WHEN i.cancel_asked_at IS NOT NULL THEN clock_timestamp()
                         ELSE coalesce(clock_timestamp() + interval '1 millisecond'
                                           * ($7::int8[])[array_position($3::uuid[], i.id)],
                                       i.run_at) END,
           attempt = i.attempt + CASE WHEN i.claim IS NULL THEN 1 ELSE 0 END
                     - ($8::int8[])[array_position($3::uuid[], i.id)],
           last_error = coalesce(($9::text[])[array_position($3::uuid[], i.id)], i.last_error),
           errors = CASE WHEN ($9::text[])[array_position($3::uuid[], i.id)] IS NULL THEN i.errors
                         ELSE (CASE WHEN jsonb_array_length(i.errors) >= 10 THEN i.errors - 0
                                    ELSE coalesce(i.errors, '[]'::jsonb) END)
                              || jsonb_build_object('attempt', i.attempt
                                                    + CASE WHEN i.claim IS NULL THEN 1 ELSE 0 END,
                                                    'at', clock_timestamp(),
                                                    'error',
                                                    left(($9::text[])
                                                         [array_position($3::uuid[], i.id)],
                                                     1000)) END
     WHERE EXISTS (SELECT 1 FROM held)
       AND i.part = $2::int8 AND i.id = ANY ($3::uuid[])
       AND CASE WHEN i.claim IS NULL THEN i.token = $4::int8
                ELSE i.claim = $1::uuid AND i.token = greatest($4::int8, $6::int8) + 1 END
    RETURNING i.id
)
SELECT CASE WHEN (SELECT count(*) FROM gone) < array_length($3::uuid[], 1)
            THEN ARRAY(SELECT id FROM gone) END AS ended
