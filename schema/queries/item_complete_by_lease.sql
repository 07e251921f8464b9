-- item_complete_by_lease: session $1, which owns part $2 in the epoch $5, is done with the items
-- $3[i], whose tokens all were $4 when it claimed them. $6: the part's token_base.
-- Answers one row {ended}: null when this ended all of them, else the ids of those it did; the
-- others are *lost*.
-- The lease is locked first: whoever ends it waits for this, or else this finds no lease. What is
-- asked of an item is asked of its row as it is when it goes, so READ COMMITTED is enough. A claim
-- that was written on the row meanwhile (item_write_down) is as good.
-- leasehold.by_lease tells an audit whose claim it was, though the row does not say.
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
       AND CASE WHEN i.claim IS NULL THEN i.token = $4::int8
                ELSE i.claim = $1::uuid AND i.token = greatest($4::int8, $6::int8) + 1 END
    RETURNING i.id
)
SELECT CASE WHEN (SELECT count(*) FROM gone) < cardinality($3::uuid[])
            THEN ARRAY(SELECT id FROM gone) END AS ended
