-- item_copy_ground: before items come by COPY into {items}. Answers one row: {parts}, how many the
-- queue has; {token}, with which items begin whose ids may have been used before ($4: there are
-- some). Rings for queue $1, for items with the ids $2[i] that are due at $3[i] (null: now).
-- The INSERT of nothing holds the table until the end of the transaction, so that it keeps its
-- parts: see item_hold_to_write, which wants to be in a transaction.
WITH held AS (
    INSERT INTO {items} (part, id, payload) SELECT 0, NULL, NULL WHERE false
)
SELECT {items}_part('ffffffff-ffff-ffff-ffff-ffffffffffff') + 1 AS parts,
       CASE WHEN $4::bool THEN leasehold.first_token() ELSE 0 END AS token
  FROM leasehold.ring($1::text,
                      ARRAY(SELECT {items}_part(u.id) FROM unnest($2::uuid[]) AS u (id)),
                      $3::timestamptz[])
