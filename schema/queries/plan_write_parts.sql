-- plan_write_parts: plan $2 of queue $1 has part $3[i] for session $4[i] (null: for nobody),
-- because of $5[i].
UPDATE leasehold.parts AS p
   SET planned_for = c.session, why = c.why, plan = $2::int8
  FROM unnest($3::int[], $4::uuid[], $5::text[]) AS c (part, session, why)
 WHERE p.queue = $1 AND p.part = c.part
