-- item_write_down: the claims that session $1 holds by its lease alone on the items $3[i] of part
-- $2, whose tokens were $4[i] when it claimed them, are on their rows from now on. $5: the part's
-- token_base; $6: its epoch. Others may then claim in the part as well, by leases of their own.
-- `= ANY` and the order of the ids: see item_complete_by_lease. Without the lease it changes
-- nothing.
WITH held AS MATERIALIZED (
    SELECT FROM leasehold.session_parts
     WHERE id = $1::uuid AND part = $2::int AND epoch = $6::int8 AND role = 'owner'
       FOR KEY SHARE
)
UPDATE {items} AS i
   SET claim = $1::uuid, attempt = i.attempt + 1,
       token = greatest(i.token, $5::int8) + 1
 WHERE EXISTS (SELECT FROM held)
   AND i.part = $2::int AND i.id = ANY ($3::uuid[]) AND i.claim IS NULL
   AND i.token = ($4::int8[])[width_bucket(i.id, $3::uuid[])]
