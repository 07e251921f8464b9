-- part_by_lease: session $2 of queue $1 claims by the lease from now on in those of the parts $3
-- which it owns and nobody helps in. In none of them is anything in doubt any more (item_in_doubt).
-- Answers rows {part, epoch, token_base}.
-- Whoever begins to help there locks the row of the part (help_take), and so does this, before it
-- (lease_lock): the one who comes later sees the other.
UPDATE leasehold.parts AS p
   SET by_lease = true, doubt_before = NULL
 WHERE p.queue = $1 AND p.part = ANY ($3::int[])
   AND EXISTS (SELECT 1 FROM leasehold.session_parts AS h
                WHERE h.id = $2::uuid AND h.part = p.part AND h.role = 'owner')
   AND NOT EXISTS (SELECT 1 FROM leasehold.session_parts AS h
                    WHERE h.queue = $1 AND h.part = p.part AND h.role = 'helper')
RETURNING p.part, p.epoch, p.token_base
