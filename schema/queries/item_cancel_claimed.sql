-- item_cancel_claimed: asks whoever holds item $2 of part $1 to stop it. Answers one row {id} when
-- it is claimed; asking twice changes nothing.
UPDATE {items} AS i
   SET cancel_asked_at = coalesce(i.cancel_asked_at, clock_timestamp())
 WHERE i.part = $1::int AND i.id = $2::uuid AND i.claim IS NOT NULL
RETURNING i.id
