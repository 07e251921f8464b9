-- item_complete_by_lease: session $1, which owns part $2 in the epoch $5, is done with the items
-- $3[i], whose tokens were $4[i] when it claimed them. $6: the part's token_base.
-- Answers one row {missing}: null when this ended all of them, else the ids of those *lost*.
-- The lease is locked first: whoever ends it waits for this, or else this finds no lease. What is
-- asked of an item is asked of its row as it is when it goes, so READ COMMITTED is enough. A claim
-- that was written on the row meanwhile (item_write_down) is as good.
-- leasehold.by_lease tells an audit whose claim it was, though the row does not say.
-- The ids are in order: width_bucket() finds the place of each by halves. A join might be made a
-- loop over all of them for each item.
-- In doubt: wait for connection_ended, then ask item_still_there; never run it again blindly.
WITH held AS MATERIALIZED (
    SELECT set_config('leasehold.by_lease', $1::uuid::text || ':' || $6::int8, true)
      FROM leasehold.session_parts
     WHERE id = $1::uuid AND part = $2::int AND epoch = $5::int8 AND role = 'owner'
       FOR KEY SHARE
), gone AS (
    DELETE FROM {items} AS i
     WHERE EXISTS (SELECT FROM held)
       AND i.part = $2::int AND i.id = ANY ($3::uuid[])
       AND CASE WHEN i.claim IS NULL
                THEN i.token = ($4::int8[])[width_bucket(i.id, $3::uuid[])]
                ELSE i.claim = $1::uuid
                 AND i.token = 1 +
                     greatest(($4::int8[])[width_bucket(i.id, $3::uuid[])], $6::int8) END
    RETURNING i.id
)
SELECT CASE WHEN (SELECT count(*) FROM gone) < cardinality($3::uuid[])
            THEN ARRAY(SELECT unnest($3::uuid[]) EXCEPT SELECT id FROM gone) END AS missing
