-- lease_lock: until the end of the transaction nobody else changes who holds the parts $2 of queue
-- $1, or for whom they are planned. In the order of the parts, so that two who want some of the
-- same wait for one another and not in a ring.
SELECT part FROM leasehold.parts
 WHERE queue = $1 AND part = ANY ($2::int[])
 ORDER BY part
   FOR NO KEY UPDATE
