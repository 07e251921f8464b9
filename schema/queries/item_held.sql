-- item_held: which of the items $3[i] of part $2 session $1 still holds under tokens $4[i].
-- Answers one row {id} for each: asked after an acknowledgement whose COMMIT got no answer.
-- `= ANY` and IS NOT DISTINCT FROM: see item_complete.
SELECT i.id
  FROM {items} AS i
  JOIN unnest($3::uuid[], $4::int8[]) AS c (id, token) ON i.id = c.id AND i.token = c.token
 WHERE i.part = $2::int AND i.id = ANY ($3::uuid[]) AND i.claim IS NOT DISTINCT FROM $1::uuid
