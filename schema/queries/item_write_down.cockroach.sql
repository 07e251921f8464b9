-- item_write_down: see item_write_down.sql. In a SERIALIZABLE transaction the read of the lease
-- conflicts with whoever ends it, lock or no lock.
WITH held AS (
    SELECT id
      FROM leasehold.session_parts
     WHERE id = $1::uuid AND part = $2::int8 AND epoch = $6::int8 AND role = 'owner'
)
UPDATE {items} AS i
   SET claim = $1::uuid, claim_part = i.part, attempt = i.attempt + 1,
       token = greatest(i.token, $5::int8) + 1
 WHERE EXISTS (SELECT 1 FROM held)
   AND i.part = $2::int8 AND i.id = ANY ($3::uuid[]) AND i.claim IS NULL
   AND i.token = ($4::int8[])[array_position($3::uuid[], i.id)]
