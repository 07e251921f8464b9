-- item_return_by_lease: as item_return, of claims that are held by the lease alone: see
-- item_complete_by_lease. The token shown is written down, and the attempt counted.
-- $7 to $9: as $5 to $7 of item_return.
WITH held AS MATERIALIZED (
    SELECT set_config('leasehold.by_lease', $1::uuid::text || ':' || $6::int8, true)
      FROM leasehold.session_parts
     WHERE id = $1::uuid AND part = $2::int AND epoch = $5::int8 AND role = 'owner'
       FOR KEY SHARE
), gone AS (
    UPDATE {items} AS i
       SET claim = NULL,
           token = greatest($4::int8, $6::int8) + 1,
           -- One that is to be cancelled does not wait: the next claim ends it.
           run_at = CASE WHEN i.cancel_asked_at IS NOT NULL THEN clock_timestamp()
                         ELSE coalesce(clock_timestamp() + interval '1 millisecond'
                                           * ($7::int8[])[width_bucket(i.id, $3::uuid[])],
                                       i.run_at) END,
           attempt = i.attempt + (i.claim IS NULL)::int
                     - ($8::int[])[width_bucket(i.id, $3::uuid[])],
           last_error = coalesce(($9::text[])[width_bucket(i.id, $3::uuid[])], i.last_error),
           errors = leasehold.with_error(i.errors, i.attempt + (i.claim IS NULL)::int,
                                         ($9::text[])[width_bucket(i.id, $3::uuid[])])
     WHERE EXISTS (SELECT FROM held)
       AND i.part = $2::int AND i.id = ANY ($3::uuid[])
       AND CASE WHEN i.claim IS NULL THEN i.token = $4::int8
                ELSE i.claim = $1::uuid AND i.token = greatest($4::int8, $6::int8) + 1 END
    RETURNING i.id
)
SELECT CASE WHEN (SELECT count(*) FROM gone) < cardinality($3::uuid[])
            THEN ARRAY(SELECT id FROM gone) END AS ended
