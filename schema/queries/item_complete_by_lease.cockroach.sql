-- item_complete_by_lease: see item_complete_by_lease.sql. In a SERIALIZABLE transaction the read of
-- the lease conflicts with whoever ends it, lock or no lock.
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
    RETURNING i.id
)
SELECT CASE WHEN (SELECT count(*) FROM gone) < array_length($3::uuid[], 1)
            THEN ARRAY(SELECT id FROM gone) END AS ended
