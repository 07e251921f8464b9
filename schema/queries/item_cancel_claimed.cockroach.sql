-- item_cancel_claimed: see item_cancel_claimed.sql.
UPDATE {items} AS i
   SET cancel_asked_at = coalesce(i.cancel_asked_at, clock_timestamp())
 WHERE i.id = $1::uuid
RETURNING i.id
