-- item_free: takes up to $3 claims in part $2 away from session $1, which ended, and says so in $4.
-- The attempt counts: the item may be what ended it. Answers one row {id} for each item freed.
-- The claim is asked for twice: see item_bury_spent. leasehold.freed tells an audit that another
-- hand ends the claim.
UPDATE {items} AS i
   SET claim = NULL, last_error = $4, errors = leasehold.with_error(i.errors, i.attempt, $4)
 WHERE i.part = $2::int AND i.claim = $1::uuid
   AND i.id = ANY (ARRAY(SELECT c.id
                           FROM {items} AS c
                          WHERE c.part = $2::int AND c.claim = $1::uuid
                          LIMIT $3::int))
RETURNING i.id, set_config('leasehold.freed', $1::uuid::text, true)
