-- load_write: the parts $3[i] of queue $1 have the loads $4[i], says session $2. Only an owner's
-- word counts.
-- The parts are locked (lease_lock). In doubt: leave it, the next measure is as good.
UPDATE leasehold.parts AS p
   SET load = c.load
  FROM unnest($3::int[], $4::float8[]) AS c (part, load)
 WHERE p.queue = $1 AND p.part = c.part
   AND EXISTS (SELECT 1
                 FROM leasehold.session_parts AS h
                WHERE h.id = $2::uuid AND h.part = p.part AND h.role = 'owner')
