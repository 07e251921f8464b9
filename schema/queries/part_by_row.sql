-- part_by_row: in those of the parts $3 of queue $1 that session $2 owns, claims are on rows from
-- now on; what it has in hand is written down in the same transaction (item_write_down).
UPDATE leasehold.parts AS p
   SET by_lease = false
 WHERE p.queue = $1 AND p.part = ANY ($3::int[]) AND p.by_lease
   AND EXISTS (SELECT 1 FROM leasehold.session_parts AS h
                WHERE h.id = $2::uuid AND h.part = p.part AND h.role = 'owner')
