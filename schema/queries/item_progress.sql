-- item_progress: notes on item $3 of part $2, held by session $1 under token $4, that it is $5 per
-- cent done (null: as it was), with the note $6 (null: as it was).
-- Answers one row {id} while it is held by that very claim; none: *lost*.
UPDATE {items} AS i
   SET progress = coalesce($5::smallint, i.progress), note = coalesce($6, i.note)
 WHERE i.part = $2::int AND i.id = $3::uuid AND i.token = $4::int8
   AND i.claim IS NOT DISTINCT FROM $1::uuid
RETURNING i.id
