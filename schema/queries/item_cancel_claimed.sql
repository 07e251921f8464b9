-- item_cancel_claimed: asks whoever holds item $1 to stop it. Answers one row {id} when
-- it is there; asking twice changes nothing. Whether it is claimed is not asked: if it was given
-- back a moment ago, the next claim ends it.
UPDATE {items} AS i
   SET cancel_asked_at = coalesce(i.cancel_asked_at, clock_timestamp())
 WHERE i.part = {items}_part($1::uuid) AND i.id = $1::uuid
RETURNING i.id
