-- item_complete: ends session $1's claims on items $3[i] of part $2, all under the token $4, as
-- done.
-- Answers one row {id} for each item still held by that very claim; a missing id is *lost*.
-- Retry: yes, after a rollback. In doubt: wait for connection_ended, then ask item_still_held;
-- never run it again blindly.
-- What a SERIALIZABLE statement looks at on its way, it conflicts with. `= ANY` lets it look at the
-- named ids only, and IS NOT DISTINCT FROM keeps it off the index on claim, by which it would read
-- all that the session holds and abort the session's other acknowledgements.
DELETE FROM {items} AS i
 WHERE i.part = $2::int AND i.id = ANY ($3::uuid[]) AND i.claim IS NOT DISTINCT FROM $1::uuid
   AND i.token = $4::int8
RETURNING i.id
