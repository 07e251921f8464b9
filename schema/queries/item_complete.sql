-- item_complete: ends session $1's claims on items $3[i] of part $2, tokens $4[i], as done.
-- Answers one row {id} for each item still held by that very claim; a missing id is *lost*.
-- Retry: yes, after a rollback. In doubt: ask item_held, never run it again blindly.
DELETE FROM {items} AS i
 USING unnest($3::uuid[], $4::int8[]) AS c (id, token)
 WHERE i.part = $2::int AND i.id = c.id AND i.token = c.token AND i.claim = $1::uuid
RETURNING i.id
