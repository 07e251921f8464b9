-- load_read: what is written of the loads of those parts among $3 that session $2 of queue $1 owns.
-- Answers rows {part, load}. A hint, read outside SERIALIZABLE.
SELECT p.part, p.load
  FROM leasehold.session_parts AS h
  JOIN leasehold.parts AS p ON p.queue = $1 AND p.part = h.part
 WHERE h.id = $2::uuid AND h.role = 'owner' AND h.part = ANY ($3::int[])
