-- item_bury_by_lease: as item_bury, of claims that are held by the lease alone: see
-- item_complete_by_lease. $7 to $9: as $5 to $7 of item_bury.
WITH held AS MATERIALIZED (
    SELECT set_config('leasehold.by_lease', $1::uuid::text || ':' || $6::int8, true)
      FROM leasehold.session_parts
     WHERE id = $1::uuid AND part = $2::int AND epoch = $5::int8 AND role = 'owner'
       FOR KEY SHARE
), gone AS (
    DELETE FROM {items} AS i
     WHERE EXISTS (SELECT FROM held)
       AND i.part = $2::int AND i.id = ANY ($3::uuid[])
       AND CASE WHEN i.claim IS NULL THEN i.token = $4::int8
                ELSE i.claim = $1::uuid AND i.token = greatest($4::int8, $6::int8) + 1 END
    RETURNING i.*, i.attempt + (i.claim IS NULL)::int AS attempts,
              width_bucket(i.id, $3::uuid[]) AS place
), buried AS (
    INSERT INTO leasehold.dead_items (queue, id, part, payload, key, dedupe, priority, attempt,
                                      max_attempts, created_at, token, reason, last_error, errors,
                                      progress, note)
    SELECT $9, id, part, payload, key, dedupe, priority, attempts, max_attempts, created_at,
           greatest($4::int8, $6::int8) + 1, ($8::text[])[place],
           coalesce(($7::text[])[place], last_error),
           leasehold.with_error(errors, attempts, ($7::text[])[place]), progress, note
      FROM gone
)
SELECT CASE WHEN (SELECT count(*) FROM gone) < cardinality($3::uuid[])
            THEN ARRAY(SELECT id FROM gone) END AS ended
